"""Reads and registrations of the events service, against an RPC that does nothing and pgbench.

GetSession at 64 in flight; Register on one hot session with 64 in flight, by a thousand people in
turn. pgbench runs the very statements of a batch of one, so that a ratio above 1 is what batching
wins.
"""

from deploy.local.stack import Stack
from tests.bench import load, pgbench, statements
from tests.bench.empty import empty_server
from tests.bench.measure import Measure
from tests.functional.scene import Scene
from tests.programmes.suite import person

_PEOPLE = 1000


def measures(run_dir):
    """Yields with everything running; the caller measures meanwhile."""
    with Stack(run_dir, services=["events"]) as stack:
        files = stack.certificate("events")
        trust = [files.certificate, files.key, stack.ca_file]
        with empty_server(run_dir, "empty_server", trust) as empty_address:
            yield from _measures(stack, empty_address)


def _measures(stack, empty_address):
    scene = Scene(stack, mailbox=None)
    ours, theirs = (scene.publish(unlimited={}).name for _ in range(2))
    scene.close()
    people = load.write_callers(
        stack, [person(f"iemand.{number}@example.org") for number in range(_PEOPLE)]
    )
    at_events = (stack.address("events"), stack.ca_file)
    load.rate(*at_events, "register", ours, people, seconds=1)
    get = statements.get_session(ours)
    register = statements.register(stack, theirs)
    best_get = pgbench.best_clients(stack, "events", get)
    best_register = pgbench.best_clients(stack, "events", register)

    def get_ours():
        return load.rate(*at_events, "get", ours)

    def register_ours():
        return load.rate(*at_events, "register", ours, people)

    def get_empty():
        return load.rate(empty_address, stack.ca_file, "get", ours)

    def in_pgbench(script, clients):
        return lambda: pgbench.rate(stack, "events", script, clients, load.SECONDS)

    yield Measure("GetSession / empty RPC", get_ours, get_empty)
    for clients in (load.IN_FLIGHT, best_get):
        name = f"GetSession / pgbench, {_clients(clients)}"
        yield Measure(name, get_ours, in_pgbench(get, clients))
    for clients in (load.IN_FLIGHT, best_register):
        name = f"Register / pgbench, {_clients(clients)}"
        yield Measure(name, register_ours, in_pgbench(register, clients))


def _clients(count):
    return f"{count} clients" if count != 1 else "1 client"
