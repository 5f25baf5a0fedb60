"""Bad input: the status and reason that it asks for, the field that is wrong, nothing written."""

import uuid

import pytest

from tests.functional.refused import refused
from tests.functional.scene import a_cancellation, a_registration, a_request, a_session
from tests.programmes import pb
from tests.programmes.suite import STAFF, call, new_request_id, person

_OWN = "an.peeters@example.org"
_OTHER = "jan.maes@example.org"
_REGISTER = "/scharnier.events.v1.RegistrationService/Register"
_ABSENT = f"sessions/{uuid.uuid4()}"
_WHEN_PAST = {
    "date": {"year": 2020, "month": 10, "day": 25},
    "strictness": pb.when.STRICTNESS_HARD,
    "bound": pb.when.BOUND_INCLUSIVE,
}


class Stage:
    """Sessions of every kind that refuses, in one series, and staff's and people's ways to call."""

    def __init__(self, scene):
        self.scene = scene
        self.suite = scene.suite
        self.open = scene.publish()
        self.series = self.open.series
        self.closed = scene.publish_in(self.series, window={"deadline": _WHEN_PAST})
        opens = pb.session.RegistrationWindow()
        opens.open_time.FromJsonString("2098-01-01T00:00:00Z")
        self.not_open = scene.publish_in(self.series, window=opens)
        self.for_west_flanders = scene.publish_in(
            self.series,
            regions={"regions": [pb.region.REGION_WVL], "openness": pb.session.OPENNESS_HARD},
        )
        self.for_referrers = scene.publish_in(
            self.series,
            audience={
                "audiences": [pb.session.AUDIENCE_REFERRER],
                "openness": pb.session.OPENNESS_HARD,
            },
        )
        self.full = scene.publish_in(self.series, capacity=1, no_waiting_list=True)
        scene.register(self.full)
        self.small = scene.publish_in(self.series, capacity=2)
        question = {
            "id": "traject",
            "title": {"nl": "Welk traject?"},
            "required": True,
            "sensitive": True,
            "text": {"max_words": 3},
        }
        self.with_question = scene.publish_in(
            self.series, form={"sections": [{"questions": [question]}]}
        )
        self.choices = [scene.publish_in(self.series, choice_group="dag") for _ in range(2)]
        self.chosen = scene.register(self.choices[0], _OWN)
        scene.register(self.choices[0], size=2)
        self.draft = self.create()
        unannounced = pb.series_service.CreateSeriesRequest(
            series={"title": {"nl": "Reeks"}, "contact_email": "reeks@example.org"},
            request_id=new_request_id(),
        )
        draft_series = call(self.suite.series.CreateSeries, unannounced, STAFF)
        self.unannounced = self.create(series=draft_series.name)

    def register(self, session, caller=person(_OWN), **changes):
        """Registers with some fields changed, as a path of names with __ between them."""
        request = a_request(session, _OWN)
        for path, value in changes.items():
            *parents, last = path.split("__")
            target = request
            for each in parents:
                target = target[int(each)] if each.isdigit() else getattr(target, each)
            if isinstance(value, list):
                target.ClearField(last)
                getattr(target, last).extend(value)
            else:
                setattr(target, last, value)
        return call(self.suite.registrations.Register, request, caller)

    def raw(self, content):
        """Sends bytes that are no message."""
        return call(self.suite.raw(_REGISTER), content, person(_OWN))

    def update(self, paths, session=None, **fields):
        """Changes a session, the open one where none is given."""
        get = pb.session_service.GetSessionRequest(name=(session or self.open).name)
        current = call(self.suite.sessions.GetSession, get)
        changed = pb.session.Session(**{"name": current.name, "etag": current.etag, **fields})
        request = pb.session_service.UpdateSessionRequest(
            session=changed, update_mask={"paths": paths}, request_id=new_request_id()
        )
        return call(self.suite.sessions.UpdateSession, request, STAFF)

    def publish(self, session):
        """Publishes a session."""
        request = pb.session_service.PublishSessionRequest(
            name=session.name, request_id=new_request_id()
        )
        return call(self.suite.sessions.PublishSession, request, STAFF)

    def list_sessions(self, caller=None, **fields):
        """One page of the series' sessions."""
        return call(
            self.suite.sessions.ListSessions,
            pb.session_service.ListSessionsRequest(**fields),
            caller,
        )

    def create(self, **fields):
        """A draft with some fields changed."""
        fields = {"series": self.series, **fields}
        return call(
            self.suite.sessions.CreateSession,
            pb.session_service.CreateSessionRequest(
                session=a_session(**fields), request_id=new_request_id()
            ),
            STAFF,
        )

    def get_registration(self, caller):
        """Reads a registration of somebody's."""
        return call(
            self.suite.registrations.GetRegistration,
            pb.registration_service.GetRegistrationRequest(name=self.chosen.name),
            caller,
        )

    def list_changes(self, caller, **fields):
        """Reads the feed."""
        return call(self.suite.changes.ListChanges, pb.change.ListChangesRequest(**fields), caller)


@pytest.fixture(scope="module")
def stage(scene):
    return Stage(scene)


def _answer(text):
    attendee = a_registration(_OWN).attendees[0]
    attendee.answers.add(question_id="traject", text=text)
    return [attendee]


# Reason, field, what is done.
_CASES = {
    "malformed bytes": ("MALFORMED", None, lambda s: s.raw(b"\x0a\xff\xff\xff")),
    "bad UTF-8": ("MALFORMED", None, lambda s: s.raw(b"\x0a\x02\xc3\x28")),
    "no request_id": ("FIELD_MISSING", "request_id", lambda s: s.register(s.open, request_id="")),
    "request_id that is none": (
        "FIELD_INVALID",
        "request_id",
        lambda s: s.register(s.open, request_id="7"),
    ),
    "no name of a session": ("FIELD_MISSING", "parent", lambda s: s.register(s.open, parent="")),
    "malformed name": ("NAME_INVALID", "parent", lambda s: s.register(s.open, parent="sessions/7")),
    "name of something else": (
        "NAME_INVALID",
        "parent",
        lambda s: s.register(s.open, parent=s.series),
    ),
    "session that is not there": (
        "RESOURCE_NOT_FOUND",
        None,
        lambda s: s.register(s.open, parent=_ABSENT),
    ),
    "no region": (
        "FIELD_MISSING",
        "registration.region",
        lambda s: s.register(s.open, registration__region=0),
    ),
    "unknown region": (
        "FIELD_INVALID",
        "registration.region",
        lambda s: s.register(s.open, registration__region=99),
    ),
    "bad e-mail": (
        "FIELD_INVALID",
        "registration.registrant.email",
        lambda s: s.register(s.open, STAFF, registration__registrant__email="an.peeters@"),
    ),
    "blank name": (
        "FIELD_MISSING",
        "registration.registrant.full_name",
        lambda s: s.register(s.open, registration__registrant__full_name="  "),
    ),
    "line break in a name": (
        "FIELD_INVALID",
        "registration.attendees[0].full_name",
        lambda s: s.register(
            s.open, registration__attendees__0__full_name="An\r\nBcc: x@example.org"
        ),
    ),
    "nobody comes": (
        "FIELD_MISSING",
        "registration.attendees",
        lambda s: s.register(s.open, registration__attendees=[]),
    ),
    "the same attendee twice": (
        "FIELD_INVALID",
        "registration.attendees[1]",
        lambda s: s.register(
            s.open, registration__attendees=list(a_registration(_OWN).attendees) * 2
        ),
    ),
    "too many attendees": (
        "FIELD_INVALID",
        "registration.attendees",
        lambda s: s.register(s.open, registration__attendees=a_registration(_OWN, 21).attendees[:]),
    ),
    "no answer": (
        "FIELD_MISSING",
        "registration.attendees[0].answers",
        lambda s: s.register(s.with_question),
    ),
    "answer with too many words": (
        "FIELD_INVALID",
        "registration.attendees[0].answers[0].text",
        lambda s: s.register(
            s.with_question, registration__attendees=_answer("een twee drie vier")
        ),
    ),
    "answer to nothing": (
        "FIELD_INVALID",
        "registration.attendees[0].answers[0].question_id",
        lambda s: s.register(s.open, registration__attendees=_answer("een")),
    ),
    "no caller": ("NOT_IDENTIFIED", None, lambda s: s.register(s.open, None)),
    "a role that may not": (
        "ROLE_NOT_ALLOWED",
        None,
        lambda s: s.register(s.open, "team reporting"),
    ),
    "somebody else registers": (
        "REGISTRANT_NOT_CALLER",
        "registration.registrant.email",
        lambda s: s.register(s.open, registration__registrant__email=_OTHER),
    ),
    "not open yet": ("REGISTRATION_NOT_OPEN", None, lambda s: s.register(s.not_open)),
    "closed": ("REGISTRATION_CLOSED", None, lambda s: s.register(s.closed)),
    "other region": ("NOT_ELIGIBLE", None, lambda s: s.register(s.for_west_flanders)),
    "other audience": ("NOT_ELIGIBLE", None, lambda s: s.register(s.for_referrers)),
    "full without a line": ("SESSION_FULL", None, lambda s: s.register(s.full)),
    "more people than seats": (
        "PARTY_TOO_LARGE",
        None,
        lambda s: s.register(s.small, registration__attendees=a_registration(_OWN, 3).attendees[:]),
    ),
    "registered already": ("ALREADY_REGISTERED", None, lambda s: s.register(s.choices[0])),
    "the other of a choice": ("CHOICE_TAKEN", None, lambda s: s.register(s.choices[1])),
    "a draft, to people": ("RESOURCE_NOT_FOUND", None, lambda s: s.register(s.draft)),
    "a draft, to staff": ("SESSION_STATE", None, lambda s: s.register(s.draft, STAFF)),
    "somebody else's registration": (
        "RESOURCE_NOT_FOUND",
        None,
        lambda s: s.get_registration(person(_OTHER)),
    ),
    "giving up what is not one's own": (
        "RESOURCE_NOT_FOUND",
        None,
        lambda s: call(
            s.suite.registrations.CancelRegistration, a_cancellation(s.chosen), person(_OTHER)
        ),
    ),
    "people who make sessions": (
        "ROLE_NOT_ALLOWED",
        None,
        lambda s: call(
            s.suite.sessions.CreateSession,
            pb.session_service.CreateSessionRequest(
                session=a_session(s.series), request_id=new_request_id()
            ),
            person(_OWN),
        ),
    ),
    "a series that is not there": (
        "RESOURCE_NOT_FOUND",
        None,
        lambda s: s.create(series=f"series/{uuid.uuid4()}"),
    ),
    "a day that does not exist": (
        "FIELD_INVALID",
        "session.window.deadline.date",
        lambda s: s.create(
            window={"deadline": {**_WHEN_PAST, "date": {"year": 2021, "month": 2, "day": 29}}}
        ),
    ),
    "a capacity of none": ("FIELD_INVALID", "session.capacity", lambda s: s.create(capacity=-1)),
    "a stale etag": (
        "ETAG_STALE",
        "session.etag",
        lambda s: s.update(["title"], title={"nl": "Nieuw"}, etag="AAAAAAAAAAA"),
    ),
    "an unknown path": ("FIELD_MASK_INVALID", "update_mask", lambda s: s.update(["kleur"])),
    "a frozen field": (
        "FIELD_FROZEN",
        None,
        lambda s: s.update(["choice_group"], choice_group="andere"),
    ),
    "fewer seats than are taken": (
        "CAPACITY_BELOW_SEATED",
        None,
        lambda s: s.update(["capacity"], s.choices[0], capacity=1),
    ),
    "publishing twice": ("SESSION_STATE", None, lambda s: s.publish(s.open)),
    "publishing before the series": ("SERIES_STATE", None, lambda s: s.publish(s.unannounced)),
    "negative page size": ("FIELD_INVALID", "page_size", lambda s: s.list_sessions(page_size=-1)),
    "a page token of ours that was changed": (
        "PAGE_TOKEN_INVALID",
        "page_token",
        lambda s: s.list_sessions(
            page_size=1, page_token=s.list_sessions(page_size=1).next_page_token[:-2] + "AA"
        ),
    ),
    "somebody else's page token": (
        "PAGE_TOKEN_INVALID",
        "page_token",
        lambda s: s.list_sessions(
            person(_OTHER),
            page_size=1,
            page_token=s.list_sessions(person(_OWN), page_size=1).next_page_token,
        ),
    ),
    "a page token of another query": (
        "PAGE_TOKEN_INVALID",
        "page_token",
        lambda s: s.list_sessions(
            filter="mode = MODE_ONLINE", page_token=s.list_sessions(page_size=1).next_page_token
        ),
    ),
    "a filter that cannot be read": (
        "FILTER_INVALID",
        "filter",
        lambda s: s.list_sessions(filter="mode ="),
    ),
    "a filter on something else": (
        "FILTER_INVALID",
        "filter",
        lambda s: s.list_sessions(filter="kleur = rood"),
    ),
    "people who read the feed": ("ROLE_NOT_ALLOWED", None, lambda s: s.list_changes(person(_OWN))),
    "a cursor of another feed": (
        "CURSOR_EXPIRED",
        None,
        lambda s: s.list_changes(
            "team reporting", after={"generation": str(uuid.uuid4()), "position": 1}
        ),
    ),
}


@pytest.mark.parametrize("case", _CASES)
def test_refused_and_nothing_written(stage, case):
    reason, field, do = _CASES[case]
    before = stage.scene.row_counts()
    with refused(reason, field=field):
        do(stage)
    assert stage.scene.row_counts() == before


def test_a_refusal_names_the_session_that_would_fit(stage):
    with refused("REGISTRATION_CLOSED") as told:
        stage.register(stage.closed)
    assert told.metadata["session"] == stage.closed.name
    assert told.metadata["fits"].startswith("sessions/")
    assert stage.register(stage.open, parent=told.metadata["fits"]).state != 0


def test_every_field_that_is_wrong_is_named_at_once(stage):
    with refused("FIELD_MISSING") as told:
        stage.register(stage.open, STAFF, registration__attendees=[], request_id="")
    assert set(told.fields) == {"registration.attendees", "request_id"}


def test_nothing_that_was_sent_comes_back_in_an_error(stage):
    with refused("FIELD_INVALID") as told:
        stage.register(stage.open, STAFF, registration__registrant__email="an.peeters@")
    assert "an.peeters" not in told.text
