"""Rights end while somebody listens: with the token, or with the team's grant."""

import itertools
import threading
import time

import grpc
import pytest

from deploy.local.channel import bearer
from tests.functional.forge import Forge
from tests.functional.refused import refused
from tests.functional.scene import wait_until
from tests.programmes import pb, refusal

_TEAM = "team reporting"
_LONGER = 120  # than any token or grant of these tests lasts
_SKEW = 60  # that services allow between clocks
_LASTS = 3  # seconds
_BETWEEN = 1.0  # from looking at the token to reading what there is


class Publisher:
    """Publishes sessions for as long as the block runs; when each was begun, by name."""

    def __init__(self, scene):
        self._scene = scene
        self._series = scene.publish().series
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self.begun = {}

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def after(self, instant):
        """Those begun after it."""
        return {name for name, begun in self.begun.items() if begun > instant}

    def _run(self):
        while not self._stop.is_set():
            begun = time.time()
            self.begun[self._scene.publish_in(self._series).name] = begun


def _ending_token(scene):
    """A token of the team's, and the instant at which it ends."""
    forge = Forge(scene.stack.issuer, _TEAM)
    expires = forge.now - _SKEW + _LASTS
    return forge.token(claims={"iat": forge.now - 600, "exp": expires}), expires + _SKEW


def _watch(scene, token):
    """The feed as it goes on, from its end."""
    feed = scene.suite.changes
    seen = feed.ListChanges(pb.change.ListChangesRequest(page_size=1000), caller=_TEAM)
    return _watch_after(scene, token, seen.next)


def _watch_after(scene, token, after=None):
    """The feed after this, or all of it."""
    request = pb.change.WatchChangesRequest(after=after)
    return scene.suite.changes.WatchChanges(request, metadata=bearer(token), timeout=_LONGER)


def _end_of_feed(scene, session):
    """Where the feed goes on after this session was published, as nothing else is."""
    every = pb.change.ListChangesRequest(page_size=1000)
    page = None

    def has_come():
        nonlocal page
        page = scene.suite.changes.ListChanges(every, caller=_TEAM)
        types = [each.type for each in page.changes if each.subject == session.name]
        return "scharnier.events.v1.session.published" in types

    wait_until(has_come, 20, lambda: "the feed does not show the session")
    return page.next


def _read_to_the_end(stream):
    """The subjects of the changes of a stream, and why it ended."""
    subjects = []
    try:
        for answer in stream:
            subjects += [change.subject for change in answer.changes]
    except grpc.RpcError as error:
        return subjects, refusal.read(error)
    return subjects, None


def test_not_a_row_comes_after_the_token_has_ended(scene):
    with Publisher(scene) as publisher:
        token, end = _ending_token(scene)
        subjects, told = _read_to_the_end(_watch(scene, token))
        wait_until(lambda: publisher.after(end + _BETWEEN), 30, lambda: "nothing is published")
    assert told.reason == "TOKEN_INVALID"
    assert subjects
    assert not publisher.after(end + _BETWEEN).intersection(subjects)


def test_who_waits_for_changes_with_a_token_that_ends_gets_none(start):
    scene = start(services=["events"])
    session = scene.publish()
    wait = pb.change.ListChangesRequest(after=_end_of_feed(scene, session), wait={"seconds": 20})
    feed = scene.suite.changes
    token, end = _ending_token(scene)
    waiting = feed.ListChanges.future(wait, metadata=bearer(token), timeout=_LONGER)
    wait_until(lambda: time.time() > end, 30, lambda: "the token does not end")
    scene.publish_in(session.series)
    with refused("TOKEN_INVALID"):
        waiting.result()


def _take(grants):
    grants.take("reporting")


def _past(grants):
    grants.give("reporting", end_date={"year": 2020, "month": 1, "day": 1})


def _for_others(grants):
    grants.give("reporting", resources=["registrations", "organisations/changes"])


def test_a_stream_ends_when_the_grant_is_narrowed(start):
    scene = start(services=["events"])
    session, other = scene.publish(), scene.publish()
    grants = scene.stack.grants
    grants.give("reporting", calls=[session.series, other.series])
    stream = _watch_after(scene, scene.stack.token(_TEAM))
    _read_until(stream, other.name)
    grants.give("reporting", calls=[session.series])
    _, told = _read_to_the_end(stream)
    assert told.reason == "NOT_GRANTED"
    later = scene.publish_in(other.series)
    seen = scene.publish_in(session.series)
    subjects = _read_until(_watch_after(scene, scene.stack.token(_TEAM)), seen.name)
    assert other.name not in subjects and later.name not in subjects


def _read_until(stream, name):
    """What it has told of when it tells of this."""
    subjects = []
    for answer in stream:
        subjects += [change.subject for change in answer.changes]
        if name in subjects:
            return subjects
    raise AssertionError(f"the stream has ended without {name}")


@pytest.mark.parametrize("end", [_take, _past, _for_others])
def test_a_stream_ends_with_the_grant(start, end):
    scene = start(services=["events"])
    with Publisher(scene) as publisher:
        stream = _watch(scene, scene.stack.token(_TEAM))
        subjects = [change.subject for change in next(stream).changes]
        end(scene.stack.grants)
        more, told = _read_to_the_end(stream)
        ended = time.time()
        wait_until(lambda: publisher.after(ended), 30, lambda: "nothing is published")
        assert told.reason == "NOT_GRANTED" and told.metadata == {"resource": "events/changes"}
        assert not publisher.after(ended).intersection(subjects + more)
        with refused("NOT_GRANTED"):
            scene.suite.changes.ListChanges(pb.change.ListChangesRequest(), caller=_TEAM)
    scene.stack.grants.give("reporting")
    wait_until(lambda: _may_read(scene), 20, lambda: "the grant that is back is not seen")


def _may_read(scene):
    try:
        return scene.suite.changes.ListChanges(pb.change.ListChangesRequest(), caller=_TEAM)
    except grpc.RpcError as error:
        assert refusal.read(error).reason == "NOT_GRANTED"
        return None


def test_a_grant_ends_with_its_last_day_in_brussels(start):
    scene = start(services=["events"], clock="2022-05-18T08:00:00Z")
    grants = scene.stack.grants
    grants.give("reporting", end_date={"year": 2022, "month": 5, "day": 18})
    series = scene.publish().series
    stream = _watch(scene, scene.stack.token(_TEAM))
    scene.stack.set_clock("2022-05-18T21:59:59Z")
    last = scene.publish_in(series)
    read = itertools.takewhile(
        lambda subject: subject != last.name,
        (change.subject for answer in stream for change in answer.changes),
    )
    assert all(subject for subject in read)  # until it has come
    scene.stack.set_clock("2022-05-18T22:00:00Z")
    wait_until(lambda: not _may_read(scene), 20, lambda: "the new instant is not seen")
    late = scene.publish_in(series)
    subjects, told = _read_to_the_end(stream)
    assert told.reason == "NOT_GRANTED"
    assert late.name not in subjects


def test_who_waits_while_the_grant_ends_gets_none(start):
    scene = start(services=["events"])
    session = scene.publish()
    wait = pb.change.ListChangesRequest(after=_end_of_feed(scene, session), wait={"seconds": 20})
    feed = scene.suite.changes
    waiting = feed.ListChanges.future(wait, caller=_TEAM, timeout=_LONGER)
    scene.stack.grants.take("reporting")
    wait_until(lambda: not _may_read(scene), 20, lambda: "the grant is not seen to be gone")
    scene.publish_in(session.series)
    with refused("NOT_GRANTED"):
        waiting.result()


def test_a_team_acts_for_people_while_its_grant_says_so(scene):
    through = "person an.peeters@example.org via dashboard"
    session = scene.publish()
    registration = scene.register(session, "an.peeters@example.org")
    get = pb.registration_service.GetRegistrationRequest(name=registration.name)
    assert scene.suite.registrations.GetRegistration(get, caller=through).name
    try:
        scene.stack.grants.give("dashboard", for_people=False)
        wait_until(
            lambda: not _sees(scene, get, through), 20, lambda: "the team acts for people still"
        )
        assert _sees(scene, get, "person an.peeters@example.org")
    finally:
        scene.stack.grants.give("dashboard")
    wait_until(lambda: _sees(scene, get, through), 20, lambda: "the team may not act again")


def _sees(scene, get, caller):
    try:
        return scene.suite.registrations.GetRegistration(get, caller=caller)
    except grpc.RpcError as error:
        assert refusal.read(error).reason == "NOT_GRANTED", error
        return None
