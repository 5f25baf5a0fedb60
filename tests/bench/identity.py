"""What it costs to know who calls: tokens, and TLS.

GetSession at 64 in flight over TLS, with a token against anonymous; and a method that does nothing,
over TLS against plaintext on loopback, which only a server of the bench speaks. Two tokens: one
that the service knows already, as of somebody who works with it, and a thousand people in turn.
"""

import functools

from deploy.local.stack import Stack
from tests.bench import load
from tests.bench.empty import empty_server
from tests.bench.measure import Measure
from tests.functional.scene import Scene
from tests.programmes.suite import person

_PEOPLE = 1000
_GOAL_TOKEN, _GOAL_TLS = 0.9, 0.75


def measures(run_dir):
    """Yields with everything running; the caller measures meanwhile."""
    with Stack(run_dir, services=["events"]) as stack:
        scene = Scene(stack, mailbox=None)
        session = scene.publish(unlimited={}).name
        scene.close()
        get = functools.partial(
            load.rate, stack.address("events"), stack.ca_file, "get", session
        )
        everybody = [person(f"iemand.{number}@example.org") for number in range(_PEOPLE)]
        for kind, callers in (("one token", everybody[:1]), ("1,000 tokens", everybody)):
            yield Measure(
                f"GetSession, {kind} / anonymous",
                functools.partial(_with_tokens, get, stack, callers),
                get,
                _GOAL_TOKEN,
            )
        files = stack.certificate("events")
        trust = [files.certificate, files.key, stack.ca_file]
        with empty_server(run_dir, "empty_tls", trust) as tls:
            with empty_server(run_dir, "empty_plaintext") as plaintext:
                yield Measure(
                    "Empty RPC, TLS / plaintext",
                    functools.partial(load.rate, tls, stack.ca_file, "get", session),
                    functools.partial(load.rate, plaintext, None, "get", session),
                    _GOAL_TLS,
                )


def _with_tokens(get, stack, callers):
    # Made anew for each round: they last half an hour.
    return get(callers=load.write_callers(stack, callers))
