"""What the tests of the real binaries start from; every stack has a PostgreSQL of its own."""

import contextlib

import pytest

from deploy.local.stack import Stack
from tests.functional.gateway import Client
from tests.functional.scene import Scene
from tests.functional.traces import traces_in_logs
from tests.programmes.mailbox import Mailbox

# Tests wait for what takes minutes elsewhere.
_IMPATIENT = ["--lease=2s", "--first-retry=200ms", "--relay-pause=300ms"]


def pytest_configure(config):
    """Declares the mark of tests that `./dev test long` adds."""
    config.addinivalue_line("markers", "long: takes long; only in `./dev test long`")


@pytest.fixture(scope="session", autouse=True)
def clean_logs(tmp_path_factory):
    """Whatever was played: no log of the session says who."""
    yield
    assert not list(traces_in_logs(tmp_path_factory.getbasetemp()))


class Starter:
    """Starts scenes and ends them all."""

    def __init__(self, folder):
        self._folder = folder
        self._endings = []

    def __call__(self, **options):
        """A running suite and a mailbox that its relay is; options are those of Stack."""
        number = len(self._endings)
        mailbox = Mailbox(self._folder / f"mails-{number}.jsonl")
        mailbox.start()
        self._endings.append(mailbox.stop)
        flags = {**options.pop("flags", {})}
        flags["notifications"] = [*_IMPATIENT, *flags.get("notifications", [])]
        stack = Stack(
            self._folder / f"run-{number}",
            **{"durable": False, "smtp": mailbox.address, **options},
            flags=flags,
        )
        stack.up()
        self._endings.append(stack.down)
        scene = Scene(stack, mailbox)
        self._endings.append(scene.close)
        return scene

    def end(self):
        """Ends what was started, the last first."""
        while self._endings:
            self._endings.pop()()


@pytest.fixture
def start(tmp_path):
    """Starts a scene of the test's own, for tests that break things."""
    starter = Starter(tmp_path)
    try:
        yield starter
    finally:
        starter.end()


@pytest.fixture(scope="module")
def start_for_module(tmp_path_factory):
    """Starts a scene for all tests of a file, with settings of its own."""
    starter = Starter(tmp_path_factory.mktemp("module"))
    try:
        yield starter
    finally:
        starter.end()


@pytest.fixture(scope="session")
def scene(tmp_path_factory):
    """One scene for all tests that only call."""
    with _shared(tmp_path_factory.mktemp("shared")) as started:
        yield started


@pytest.fixture(scope="session")
def scene_behind_gateway(tmp_path_factory):
    """The same for those that call through the gateway."""
    with _shared(tmp_path_factory.mktemp("gateway"), gateway={}) as started:
        yield started


@pytest.fixture
def client(scene_behind_gateway):
    """Somebody outside, before that gateway."""
    return Client(scene_behind_gateway.stack)


@contextlib.contextmanager
def _shared(folder, **options):
    starter = Starter(folder)
    try:
        started = starter(**options)
        pids = started.pids()
        yield started
        # Whatever they have sent, nothing has died of it, and nothing was our fault.
        assert started.pids() == pids
        assert not started.faults()
    finally:
        starter.end()
