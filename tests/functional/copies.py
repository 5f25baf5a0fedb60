"""What services keep of each other: places in feeds, and copies of the register."""

from tests.functional.scene import wait_until
from tests.programmes import pb
from tests.programmes.suite import every_page

# Whose cursors stand in whose feeds, by the cursors' names.
_FOLLOWS = {
    "events": {"directory": "organisations"},
    "notifications": {
        "events": "events",
        "organisations": "organisations",
        "proposals": "proposals",
    },
    "proposals": {"directory": "organisations"},
}


def wait_for_feeds(scene, seconds=60):
    """Waits until every feed is numbered and every follower has handled all of it."""
    behind = []

    def drained():
        behind[:] = _behind(scene)
        return not behind

    wait_until(drained, seconds, lambda: f"not handled yet: {behind}")


def _behind(scene):
    """Followers and what they have not handled; changes that have no number."""
    services = scene.stack.services
    ends = {}
    for service in services:
        with scene.database(service) as db:
            ends[service] = db.execute("SELECT generation, last_pos FROM feed").fetchone()
            for row in db.execute("SELECT id FROM change WHERE pos IS NULL").fetchall():
                yield service, row
    for service in services:
        with scene.database(service) as db:
            cursors = {
                row[0]: row[1:]
                for row in db.execute("SELECT source, generation, pos FROM cursor").fetchall()
            }
            parked = db.execute("SELECT source, subject, reason FROM parked").fetchall()
        for cursor, source in _FOLLOWS.get(service, {}).items():
            if source not in ends:
                continue
            # Who has read an empty feed has no place in it.
            seen = cursors.get(cursor, (ends[source][0], 0))
            if seen != ends[source]:
                yield service, cursor, seen, ends[source]
        yield from ((service, "parked", each) for each in parked)


def wait_for_copy(scene, service="events"):
    """Waits until a service's copy equals the register."""
    different = []

    def equal():
        copied, listed = _copied(scene, service), _listed(scene.as_service(service))
        different[:] = [
            name
            for name in copied.keys() | listed.keys()
            if copied.get(name) != listed.get(name)
        ]
        return not different

    wait_until(equal, 30, lambda: f"{service} has another register: {different[:3]}")


def _copied(scene, service):
    """The copy, by name: organisations without people, and what counts of mandates."""
    with scene.database(service) as db:
        organisations = db.execute("SELECT body FROM directory_organisation").fetchall()
        mandates = db.execute(
            "SELECT 'organisations/' || organisation_id || '/mandates/' || id,"
            " holder_key, role, in_force FROM directory_mandate"
        ).fetchall()
    copied = {each[0]: each[1:] for each in mandates}
    for (body,) in organisations:
        organisation = pb.organisation.Organisation.FromString(body)
        organisation.ClearField("mailboxes")
        copied[organisation.name] = organisation
    return copied


def _listed(suite):
    """The register itself, in the same form, as a service that copies it reads it."""
    listed = {}
    for each in every_page(
        suite.organisations.ListOrganisations,
        pb.organisation_service.ListOrganisationsRequest(page_size=200),
        "organisations",
    ):
        each.ClearField("mailboxes")
        listed[each.name] = each
    for each in every_page(
        suite.mandates.ListMandates,
        pb.mandate_service.ListMandatesRequest(parent="organisations/-", page_size=200),
        "mandates",
    ):
        in_force = each.state == pb.mandate.Mandate.STATE_ACTIVE
        listed[each.name] = (each.holder_key, each.role, in_force)
    return listed
