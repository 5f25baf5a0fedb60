"""What tests do with the register of organisations.

`calling` is how: insist gives up after a while, persist does not.
"""

from tests.programmes import pb
from tests.programmes.register import enterprise_number, import_organisations
from tests.programmes.suite import OFFICER, insist, new_request_id, person


def an_organisation(number, **fields):
    """A facility in Antwerp; its enterprise number begins with 19, as nobody's does."""
    organisation = pb.organisation.Organisation(
        display_name=f"Voorziening {number}",
        kind=pb.organisation.Organisation.KIND_FACILITY,
        enterprise_number=enterprise_number(19_100_000 + number),
        seat={
            "street": "Dreef 1",
            "postal_code": "2000",
            "municipality": "Antwerpen",
            "region": pb.region.REGION_ANT,
        },
    )
    organisation.MergeFrom(pb.organisation.Organisation(**fields))
    return organisation


def enter(scene, number, calling=insist, **fields):
    """Enters an organisation."""
    request = pb.organisation_service.CreateOrganisationRequest(
        organisation=an_organisation(number, **fields), request_id=new_request_id()
    )
    return calling(scene.suite.organisations.CreateOrganisation, request, OFFICER)


def bring(scene, rows, dry_run=False):
    """Imports rows; the answer."""
    return import_organisations(scene.suite, rows, dry_run)


def invite(scene, organisation, email, role, calling=insist, full_name="An Peeters"):
    """Invites somebody to act for an organisation; the mandate."""
    mandate = {"full_name": full_name, "email": email, "role": role}
    request = pb.mandate_service.CreateMandateRequest(
        parent=organisation.name, mandate=mandate, request_id=new_request_id()
    )
    return calling(scene.suite.mandates.CreateMandate, request, OFFICER)


def accept(scene, mandate, email, calling=insist):
    """Accepts the invitation."""
    request = pb.mandate_service.AcceptMandateRequest(
        name=mandate.name, request_id=new_request_id()
    )
    return calling(scene.suite.mandates.AcceptMandate, request, person(email))
