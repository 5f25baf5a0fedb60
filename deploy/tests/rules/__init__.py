"""What the manifests keep to. A rule is a function over a Suite that yields what is wrong.

    @rule
    def images_by_digest(suite):
        '''Images are named by digest, so that nobody changes what runs.'''
        yield "Deployment events: …"
"""

RULES = {}


def rule(function):
    """Makes a function a rule, by its name."""
    if function.__name__ in RULES:
        raise ValueError(f"two rules are {function.__name__}")
    RULES[function.__name__] = function
    return function


def broken(suite):
    """What is wrong, as (name of the rule, text)."""
    return [
        (name, f"{name}: {problem}") for name, check in RULES.items() for problem in check(suite)
    ]


# They add themselves.
from deploy.tests.rules import database, network, pods, secrets, workloads  # noqa: E402,F401
