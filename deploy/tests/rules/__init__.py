"""What the manifests keep to. A rule is a function over a Suite that yields what is wrong.

    @rule(11)
    def images_by_digest(suite):
        '''Images are named by digest, so that nobody changes what runs.'''
        yield "Deployment events: …"

Numbers never change: reports name them.
"""

RULES = {}


def rule(number):
    """Makes a function a rule of that number."""

    def add(function):
        if number in {other for other, _ in RULES.values()}:
            raise ValueError(f"two rules have number {number}")
        RULES[function.__name__] = (number, function)
        return function

    return add


def broken(suite):
    """What is wrong, as (name of the rule, text)."""
    return [
        (name, f"{number} {name}: {problem}")
        for name, (number, check) in RULES.items()
        for problem in check(suite)
    ]


# They add themselves.
from deploy.tests.rules import database, network, pods, secrets, workloads  # noqa: E402,F401
