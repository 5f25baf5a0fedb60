"""The audit trail from outside: who did what, who was denied it, and what is nobody's business."""

import pytest

from tests.functional.refused import refused
from tests.functional.register import accept, enter, invite
from tests.functional.scene import a_request, wait_until
from tests.functional.test_proposals import draft, publish_call, signatory
from tests.programmes import pb
from tests.programmes.suite import STAFF, call, insist, person

_AUDIT = pb.audit.AuditEntry


def _entries(scene, service, caller=STAFF, **asked):
    request = pb.audit.ListAuditEntriesRequest(page_size=200, **asked)
    return insist(scene.suite.audits[service].ListAuditEntries, request, caller).audit_entries


def test_a_mutation_is_listed_for_staff(scene):
    session = scene.publish()
    published, created = _entries(scene, "events", resource=session.name)
    assert published.method == "scharnier.events.v1.SessionService/PublishSession"
    assert published.subject == "staff:devos"
    assert published.decision == _AUDIT.DECISION_ALLOWED
    assert published.before["state"] == "STATE_DRAFT"
    assert published.after["state"] == "STATE_PUBLISHED"
    assert created.time.ToDatetime() < published.time.ToDatetime()
    assert created.after["capacity"] == "20"


def test_keys_by_which_services_know_people_are_nobody_elses_business(scene):
    email = scene.somebody()
    editor = pb.mandate.Mandate.ROLE_EDITOR
    mandate = accept(scene, invite(scene, enter(scene, 5201), email, editor), email)
    accepted, invited = _entries(scene, "organisations", resource=mandate.name)
    assert "holder_key" in accepted.fields and "person_key" in invited.fields
    values = [*accepted.before, *accepted.after, *invited.after]
    assert "role" in values and not {"holder_key", "person_key"}.intersection(values)


def test_a_denial_is_listed_with_its_reason(scene):
    session = scene.publish()
    other = a_request(session, scene.somebody())
    with refused("REGISTRANT_NOT_CALLER"):
        call(scene.suite.registrations.Register, other, person(scene.somebody()))
    denied = []

    def listed():
        denied[:] = _entries(
            scene, "events", resource=session.name, decision=_AUDIT.DECISION_DENIED
        )
        return denied

    wait_until(listed, 10, lambda: "the denial is not listed")
    (entry,) = denied
    assert entry.reason == "REGISTRANT_NOT_CALLER"
    assert entry.method == "scharnier.events.v1.RegistrationService/Register"
    assert entry.request_id == other.request_id
    assert entry.subject.startswith("person:")
    assert not entry.fields


@pytest.mark.parametrize("service", ["organisations", "proposals", "events", "notifications"])
def test_who_may_not_read_it_is_in_it(scene, service):
    method = f"scharnier.{service}.v1.AuditService/ListAuditEntries"
    with refused("ROLE_NOT_ALLOWED"):
        _entries(scene, service, "team reporting")
    wait_until(
        lambda: any(
            entry.subject == "team:reporting" and entry.reason == "ROLE_NOT_ALLOWED"
            for entry in _entries(scene, service, method=method)
        ),
        10,
        lambda: f"{service} does not list who was denied its audit trail",
    )


def test_without_a_token_that_counts(scene):
    request = pb.session_service.ListSessionsRequest()
    with refused("TOKEN_INVALID"):
        scene.suite.sessions.ListSessions(
            request, metadata=[("authorization", "Bearer nonsense")], timeout=10
        )
    wait_until(
        lambda: any(
            entry.reason == "TOKEN_INVALID" and entry.subject == "anonymous"
            for entry in _entries(scene, "events", decision=_AUDIT.DECISION_DENIED)
        ),
        10,
        lambda: "the bad token is not listed",
    )


def test_staff_read_of_no_draft(scene):
    published = publish_call(scene, "RECO96")
    lead = enter(scene, 5005)
    email = signatory(scene, lead)
    proposal = draft(scene, published, lead, email)
    with scene.database("proposals") as db:
        kept = "SELECT decision, reason FROM audit WHERE discreet ORDER BY id DESC LIMIT 1"
        assert db.execute(kept).fetchone() == ("ALLOWED", "")
        with refused("MANDATE_NEEDED"):
            draft(scene, published, lead, scene.somebody(), calling=call)
        wait_until(
            lambda: db.execute(kept).fetchone() == ("DENIED", "MANDATE_NEEDED"),
            10,
            lambda: "the denial was not kept",
        )
    listed = _entries(scene, "proposals")
    assert "CreateCall" in {entry.method.rsplit("/", 1)[1] for entry in listed}
    assert proposal.name not in {entry.resource for entry in listed}
    assert "MANDATE_NEEDED" not in {entry.reason for entry in listed}
