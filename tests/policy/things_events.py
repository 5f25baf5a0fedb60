"""Sessions, registrations and messages in each relation to An."""

from tests.functional.scene import a_registration, a_session, wait_until
from tests.policy.world import (
    AN,
    AN_EMAIL,
    ANSWERS,
    BERT,
    BERT_EMAIL,
    FORM,
    NOBODY,
    Thing,
    absent,
)
from tests.programmes import pb
from tests.programmes.suite import STAFF

_EVENTS = "scharnier.events.v1"
_NOTIFICATIONS = "scharnier.notifications.v1"


def _series(world, published):
    series = {"title": {"nl": "Reeks"}, "contact_email": "reeks@example.org"}
    request = pb.series_service.CreateSeriesRequest(series=series)
    made = world.do(world.suite.series.CreateSeries, request, STAFF)
    if published:
        request = pb.series_service.PublishSeriesRequest(name=made.name)
        made = world.do(world.suite.series.PublishSeries, request, STAFF)
    return made


def _draft_session(world):
    session = a_session(world.session.series, form=FORM)
    request = pb.session_service.CreateSessionRequest(session=session)
    return world.do(world.suite.sessions.CreateSession, request, STAFF)


def _named(make):
    """A builder of what has a name and an etag."""

    def build(world):
        made = make(world)
        return Thing(name=made.name, etag=made.etag)

    return build


def party(email, organisation=""):
    """A registration with answers."""
    registration = a_registration(email)
    registration.attendees[0].answers.extend(pb.form.Answer(**each) for each in ANSWERS)
    registration.organisation = organisation
    return registration


def _somebody(world):
    return f"iemand.{world.number()}@example.org"


def _coming(world, session, email=AN_EMAIL, organisation=""):
    """Nobody comes twice: An under another name each time."""
    registration = party(email, organisation)
    registration.attendees[0].full_name = f"An {world.number()}"
    return Thing(parent=session.name, registration=registration, hides=("parent",))


def _registered(world, session, email=AN_EMAIL, organisation=""):
    wanted = _coming(world, session, email, organisation)
    request = pb.registration_service.RegisterRequest(
        parent=wanted.parent, registration=wanted.registration
    )
    caller = {AN_EMAIL: AN, BERT_EMAIL: BERT}[email]
    made = world.do(world.suite.registrations.Register, request, caller)
    return _registration(made.name, made.etag)


def _registration(name, etag="djE"):
    session = name.split("/registrations/")[0]
    return Thing(name=name, session=session, etag=etag, hides=("name", "session"))


def _cancelled(world):
    made = _registered(world, world.session)
    request = pb.registration_service.CancelRegistrationRequest(name=made.name)
    cancelled = world.do(world.suite.registrations.CancelRegistration, request, AN)
    return _registration(cancelled.name, cancelled.etag)


def _below(world, session):
    """An's own registration, as if it were one of another session."""
    own = _registered(world, world.session)
    name = f"{session.name}/registrations/{own.name.rsplit('/', 1)[1]}"
    return _registration(name)


def _none(world):
    name = f"sessions/{NOBODY}/registrations/{NOBODY}"
    return _registration(name).twin()


def _message(discreet):
    """The newest message of its kind; it is written once others have heard what it tells of."""

    def build(world):
        if discreet:
            world.thing("scharnier.proposals.v1/invitation", "other")
        else:
            _registered(world, world.session)
        world.settle()
        found = []

        def written():
            query = "SELECT id FROM message WHERE discreet = %s ORDER BY id DESC LIMIT 1"
            with world.scene.database("notifications") as db:
                found[:] = db.execute(query, [discreet]).fetchall()
            return found

        wait_until(written, 30, lambda: f"no message that is discreet: {discreet}")
        return Thing(name=f"messages/{found[0][0]}")

    return build


def _of(kind, relation):
    return lambda world: world.thing(kind, relation)


BUILDERS = {
    (f"{_EVENTS}/new", "anew"): lambda world: Thing(hides=()),
    (f"{_EVENTS}/series", "published"): _named(lambda world: _series(world, True)),
    (f"{_EVENTS}/series", "draft"): _named(lambda world: _series(world, False)),
    (f"{_EVENTS}/series", "absent"): absent("series/*"),
    (f"{_EVENTS}/session", "published"): _named(
        lambda world: world.scene.publish_in(world.session.series)
    ),
    (f"{_EVENTS}/session", "draft"): _named(_draft_session),
    (f"{_EVENTS}/session", "absent"): absent("sessions/*"),
    (f"{_EVENTS}/registering", "own"): lambda world: _coming(world, world.session),
    (f"{_EVENTS}/registering", "organisation"): lambda world: _coming(
        world, world.session, organisation=world.organisation("own").name
    ),
    (f"{_EVENTS}/registering", "another"): lambda world: _coming(
        world, world.session, _somebody(world)
    ),
    (f"{_EVENTS}/registering", "beyond"): lambda world: _coming(world, world.far_session),
    (f"{_EVENTS}/registering", "draft"): lambda world: _coming(world, _draft_session(world)),
    (f"{_EVENTS}/registering", "absent"): lambda world: _coming(world, world.session).twin(),
    (f"{_EVENTS}/registration", "own"): lambda world: _registered(world, world.session),
    (f"{_EVENTS}/registration", "cancelled"): _cancelled,
    (f"{_EVENTS}/registration", "beyond"): lambda world: _registered(world, world.far_session),
    (f"{_EVENTS}/registration", "colleague"): lambda world: _registered(
        world, world.session, BERT_EMAIL, world.organisation("own").name
    ),
    (f"{_EVENTS}/registration", "other"): lambda world: _registered(
        world, world.session, BERT_EMAIL
    ),
    (f"{_EVENTS}/registration", "misplaced"): lambda world: _below(world, world.other_session),
    (f"{_EVENTS}/registration", "draft"): lambda world: _below(world, _draft_session(world)),
    (f"{_EVENTS}/registration", "absent"): _none,
    (f"{_EVENTS}/opened", "own"): lambda world: _registered(world, world.session),
    (f"{_EVENTS}/opened", "absent"): _none,
    (f"{_EVENTS}/entry", "ordinary"): _of(f"{_EVENTS}/registration", "own"),
    (f"{_EVENTS}/entry", "absent"): _none,
    (f"{_EVENTS}/change", "published"): lambda world: Thing(name=world.session.name),
    (f"{_EVENTS}/change", "beyond"): lambda world: Thing(name=world.far_session.name),
    (f"{_EVENTS}/change", "internal"): _of(f"{_EVENTS}/registration", "own"),
    (f"{_EVENTS}/change", "draft"): _of(f"{_EVENTS}/session", "draft"),
    (f"{_NOTIFICATIONS}/message", "ordinary"): _message(False),
    (f"{_NOTIFICATIONS}/message", "discreet"): _message(True),
    (f"{_NOTIFICATIONS}/message", "absent"): absent("messages/*"),
    (f"{_NOTIFICATIONS}/entry", "ordinary"): _of(f"{_NOTIFICATIONS}/message", "ordinary"),
    (f"{_NOTIFICATIONS}/entry", "discreet"): _of(f"{_NOTIFICATIONS}/message", "discreet"),
    (f"{_NOTIFICATIONS}/entry", "absent"): absent("messages/*"),
    (f"{_NOTIFICATIONS}/change", "ordinary"): _of(f"{_NOTIFICATIONS}/message", "ordinary"),
    (f"{_NOTIFICATIONS}/change", "discreet"): _of(f"{_NOTIFICATIONS}/message", "discreet"),
}
