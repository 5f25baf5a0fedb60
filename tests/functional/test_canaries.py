"""What people tell about themselves stays where it belongs: in no log, metric, error or change."""

import copy

import grpc
import pytest

from tests.functional.everything import Everything
from tests.functional.rpcs import RPCS, data_of, fields_below, set_values
from tests.functional.traces import traces
from tests.programmes import pb, refusal
from tests.programmes.suite import STAFF, call, person

_PERSONAL = (pb.options.DATA_PERSONAL, pb.options.DATA_SENSITIVE)
_WORD = "kanarie"


# Fields that a service writes itself: nothing of what people say can stand there but its keyed
# hash.
_MADE = {"scharnier.audit.v1.AuditEntry.subject", "scharnier.audit.v1.AuditEntry.reason"}


class Canaries:
    """Says something else in every field, which can be recognised anywhere."""

    def __init__(self):
        self.said = {}

    def __call__(self, field):
        number = len(self.said)
        text = f"{_WORD}.{number}@example.org" if field.endswith(".email") else f"Kanarie {number}"
        self.said[text] = field
        return text


class Run:
    """What was done and what came of it."""

    def __init__(self, scene):
        self.scene = scene
        self.canaries = Canaries()
        self.errors = []
        self.everything = Everything(scene, 7301, self.canaries)
        self.everything.wait_for_a_message()
        self._be_refused()
        self.everything.change_and_end()
        scene.wait_for_messages(8)

    def _be_refused(self):
        """Repeats every mutation as others, and with every personal field spoilt."""
        for done in list(self.everything.done):
            rpc = RPCS[done.path]
            for caller in (person(f"{_WORD}.vreemd@example.org"), STAFF, "team portaal", None):
                self._try(rpc, done.request, caller)
            for spoilt in _spoilt(done.request):
                self._try(rpc, spoilt, done.caller)
        for name in (f"sessions/{_WORD}", f"{_WORD}@example.org"):
            get = pb.session_service.GetSessionRequest(name=name)
            self._keep_error(call, self.scene.suite.sessions.GetSession, get)
        listing = pb.idea_service.ListIdeasRequest(filter=f'title = "{_WORD}" AND {_WORD} = 1')
        self._keep_error(call, self.scene.suite.ideas.ListIdeas, listing, STAFF)

        for rpc in RPCS.values():
            if rpc.name == "ListAuditEntries":
                for size in (1, -1):
                    subject = self.canaries("scharnier.audit.v1.ListAuditEntriesRequest.subject")
                    self._try(rpc, rpc.request(subject=subject, page_size=size), STAFF)

    def _try(self, rpc, request, caller):
        self._keep_error(rpc.call, self.scene.suite, request, caller)

    def _keep_error(self, do, *arguments):
        try:
            do(*arguments)
        except grpc.RpcError as error:
            self.errors.append(error)


def _spoilt(request):
    """The request with one personal field spoilt, in each of some ways; what it said stays in."""
    for path in fields_below(request, lambda field: data_of(field) in _PERSONAL):
        for spoil in (
            lambda text: text + "\r\nBcc: " + text,
            lambda text: text.replace("@", "@@") + "\0",
            lambda text: text * 2000,
            lambda text: text + " 85.07.30-033.28",  # as the numbers of the national register are
        ):
            spoilt = copy.deepcopy(request)
            spoilt.request_id = ""
            set_values(spoilt, path, spoil)
            yield spoilt


@pytest.fixture(scope="module")
def run(start_for_module):
    return Run(start_for_module())


def test_a_canary_stands_in_every_personal_field(run):
    """Whoever marks a further field in the protos has to plant one."""
    personal = {
        field.full_name
        for rpc in RPCS.values()
        for message in (rpc.method.input_type, rpc.method.output_type)
        for field in _all_fields(message, set())
        if data_of(field) in _PERSONAL
    }
    assert personal - _MADE == set(run.canaries.said.values())


def _all_fields(message, seen):
    if message.full_name not in seen:
        seen.add(message.full_name)
        for field in message.fields:
            yield field
            if field.message_type:
                yield from _all_fields(field.message_type, seen)


def test_canaries_are_found_where_they_belong(run):
    """Or nothing below would mean anything."""
    mails = str([(mail.recipients, mail.text) for mail in run.scene.mailbox.mails()])
    assert _WORD in mails
    with run.scene.database("events") as db:
        kept = _content(db, "attendee") + _content(db, "registration")
    assert any("canary" in kind for kind, _ in traces(kept))


def test_errors_do_not_repeat_what_was_sent(run):
    assert len(run.errors) > 100
    reasons = {refusal.read(error).reason for error in run.errors}
    assert {"FIELD_INVALID", "REGISTRANT_NOT_CALLER", "NAME_INVALID", "FILTER_INVALID"} <= reasons
    for error in run.errors:
        assert error.code() not in (grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN)
        told = b" ".join(
            value if isinstance(value, bytes) else value.encode()
            for _, value in error.trailing_metadata()
        )
        assert not _of_people(error.details().encode() + told), error


def test_changes_say_nothing_of_people(run):
    counted = 0
    for service in run.scene.stack.services:
        with run.scene.database(service) as db:
            content = _content(db, "change")
            counted += db.execute("SELECT count(*) FROM change").fetchone()[0]
        assert not _of_people(content), service
    assert counted > 15


def test_no_refusal_was_our_fault(run):
    assert 'grpc_code="INVALID_ARGUMENT"' in run.scene.metrics("events")
    assert not run.scene.faults()


def test_the_audit_says_nothing_of_people(run):
    for service in run.scene.stack.services:
        with run.scene.database(service) as db:
            assert not _of_people(_content(db, "audit")), service


def test_logs_and_metrics_say_nothing_of_people(run):
    stack = run.scene.stack
    for service in stack.services:
        assert not list(traces(run.scene.metrics(service).encode()))
        content = stack.log_path(service).read_bytes()
        assert b'"message":"call"' in content or service == "notifications"
        assert not list(traces(content))
    assert not list(traces(stack.log_path("postgres").read_bytes()))


def _content(db, table):
    """Every value of a table, as bytes."""
    rows = db.execute(f"SELECT * FROM {table}").fetchall()
    return b"\n".join(
        bytes(value) if isinstance(value, (bytes, memoryview)) else str(value).encode()
        for row in rows
        for value in row
    )


def _of_people(content):
    """Without the addresses that are public: those of the agency, and of nobody."""
    for public in (b"reeks", b"alles", b"naam"):
        content = content.replace(public + b"@example.org", b"")
    return list(traces(content))


@pytest.mark.parametrize(
    "line, kind",
    [
        ("to an.peeters@example.org", "an address"),
        ("q=an.peeters%40example.org", "an address"),
        ("Bearer eyJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJzIn0.AA", "a token"),
        ("An Peeters came", "a name"),
        ("Iemand 0 came", "a name"),
        ("KANARIE 7", "a canary"),
    ],
)
def test_a_trace_is_seen(line, kind):
    content = f'{{"message":"ready"}}\n{{"message":"{line}"}}\n'
    assert [(each, line in text) for each, text in traces(content.encode())] == [(kind, True)]


def test_a_clean_log_is_clean():
    assert not list(traces(b'{"message":"call","reason":"TOKEN_INVALID","role":"ROLE_PERSON"}\n'))
