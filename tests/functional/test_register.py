"""The register of organisations, and the copy of it by which events judges who may come."""

import grpc
import pytest

from tests.functional.copies import wait_for_copy
from tests.functional.refused import refused
from tests.functional.register import accept, an_organisation, bring, enter, invite
from tests.functional.scene import a_request, wait_until
from tests.programmes import pb
from tests.programmes.suite import STAFF, call, insist, new_request_id, person

_CLAIMED = pb.registration.Registration.MARK_CLAIMED_ORGANISATION
_ABSENT = "organisations/0190a000-0000-7000-8000-000000000000"


def come_for(scene, session, organisation, email=None):
    """Registers somebody for an organisation, who says nothing else of themselves."""
    email = email or scene.somebody()
    request = a_request(session, email)
    request.registration.organisation = organisation.name
    request.registration.ClearField("region")
    request.registration.attendees[0].ClearField("audience")
    return insist(scene.suite.registrations.Register, request, person(email))


def _only_for(region):
    return {"regions": {"regions": [region], "openness": pb.session.OPENNESS_HARD}}


def test_the_register_says_where_a_party_comes_from(scene):
    antwerp = enter(scene, 1)
    for_antwerp = scene.publish(**_only_for(pb.region.REGION_ANT))
    for_limburg = scene.publish(**_only_for(pb.region.REGION_LIM))
    registration = come_for(scene, for_antwerp, antwerp)
    assert list(registration.marks) == [_CLAIMED]
    with refused("NOT_ELIGIBLE") as told:
        come_for(scene, for_limburg, antwerp)
    assert told.metadata["rule"] == "region"
    with refused("RESOURCE_NOT_FOUND", field=None) as told:
        come_for(scene, for_antwerp, pb.organisation.Organisation(name=_ABSENT))
    assert told.metadata["name"] == _ABSENT
    request = a_request(for_antwerp, scene.somebody())
    request.registration.ClearField("region")
    with refused("FIELD_MISSING", field="registration.region"):
        insist(scene.suite.registrations.Register, request, STAFF)


def test_whoever_has_a_mandate_makes_no_mere_claim(scene):
    organisation = enter(scene, 2)
    email = scene.somebody()
    mandate = invite(scene, organisation, email, pb.mandate.Mandate.ROLE_EDITOR)
    session = scene.publish()
    assert list(come_for(scene, session, organisation, email).marks) == [_CLAIMED]
    accept(scene, mandate, email)
    marks = []

    def unmarked():
        marks[:] = come_for(scene, scene.publish(), organisation, email).marks
        return not marks

    wait_until(unmarked, 30, lambda: f"still marked {marks}")


def test_registration_goes_on_without_the_register(start):
    scene = start(services=["organisations", "events"])
    known, unknown = enter(scene, 1), enter(scene, 2)
    session = scene.publish(unlimited={})
    come_for(scene, session, known)
    wait_for_copy(scene)
    with scene.database("events") as db:
        db.execute(
            "DELETE FROM directory_organisation WHERE id = %s", [unknown.name.split("/")[1]]
        )
    scene.stack.stop("organisations")

    for _ in range(20):
        come_for(scene, session, known)
    request = a_request(session, scene.somebody())
    request.registration.organisation = unknown.name
    with refused("DEPENDENCY_AWAY"):
        call(scene.suite.registrations.Register, request, STAFF)
    request.registration.organisation = _ABSENT
    with refused("DEPENDENCY_AWAY"):
        call(scene.suite.registrations.Register, request, STAFF)

    scene.stack.start("organisations")
    scene.stack.wait_ready("organisations")
    assert come_for(scene, session, unknown).organisation == unknown.name
    request.request_id = new_request_id()
    with refused("RESOURCE_NOT_FOUND"):
        insist(scene.suite.registrations.Register, request, STAFF)


@pytest.mark.parametrize("restored", [False, True])
def test_the_copy_is_made_anew_from_nothing(start, restored):
    scene = start(services=["organisations", "events"])
    imported = bring(scene, [an_organisation(number) for number in range(1, 501)])
    assert (imported.created, imported.refused) == (500, 0)
    wait_for_copy(scene)
    if restored:
        # The register comes back from a backup: another generation, and the last ones are gone.
        with scene.database("organisations") as db:
            db.execute("UPDATE feed SET generation = gen_random_uuid()")
            db.execute(
                "DELETE FROM organisation WHERE id IN"
                " (SELECT id FROM organisation ORDER BY id DESC LIMIT 10)"
            )
    else:
        with scene.database("events") as db:
            db.execute("DELETE FROM directory_organisation WHERE random() < 0.5")
            db.execute("DELETE FROM cursor WHERE source = 'directory'")
    wait_for_copy(scene)
    enter(scene, 900)
    wait_for_copy(scene)


def test_an_import_reports_its_bad_rows(scene):
    rows = [an_organisation(number) for number in range(3001, 3004)]
    rows[1].seat.ClearField("region")
    rows.append(rows[0])
    dry = bring(scene, rows, dry_run=True)
    assert (dry.created, dry.refused) == (2, 2)
    wet = bring(scene, rows)
    assert (wet.created, wet.refused) == (2, 2)
    assert [(each.line, each.reason, each.field) for each in wet.errors] == [
        (2, "FIELD_MISSING", "organisation.seat.region"),
        (4, "ROW_TWICE", "organisation.enterprise_number"),
    ]
    again = bring(scene, rows)
    assert (again.created, again.unchanged) == (0, 2)


def test_an_import_is_for_officers(scene):
    with pytest.raises(grpc.RpcError) as caught:
        scene.suite.organisations.ImportOrganisations(
            iter([pb.organisation_service.ImportOrganisationsRequest(options={})]),
            STAFF,
            timeout=10,
        )
    assert caught.value.code() == grpc.StatusCode.PERMISSION_DENIED
