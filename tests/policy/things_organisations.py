"""Organisations and mandates in each relation to An."""

from tests.functional.register import invite
from tests.policy.world import (
    AN_EMAIL,
    BERT,
    BERT_EMAIL,
    EDITOR,
    SIGNATORY,
    VIEWER,
    Thing,
    absent,
)
from tests.programmes import pb

_PACKAGE = "scharnier.organisations.v1"


def _organisation(relation):
    """One that stands in this relation, as it is now."""

    def build(world):
        get = pb.organisation_service.GetOrganisationRequest(name=world.organisation(relation).name)
        found = world.do(world.suite.organisations.GetOrganisation, get, BERT)
        return Thing(name=found.name, etag=found.etag, text=found.display_name)

    return build


def _no_organisation(world):
    none = absent("organisations/*")(world)
    return Thing(name=none.name, etag=none.etag, text="Zonneschijf Nergenshuizen")


def _for(relation):
    return lambda world: Thing(parent=world.organisation(relation).name, hides=("parent",))


def _for_none(world):
    return Thing(parent=absent("organisations/*")(world).name, hides=("parent",))


def _thing(mandate, organisation=None):
    return Thing(
        name=mandate.name,
        organisation=organisation or mandate.name.split("/mandates/")[0],
        hides=("name", "organisation"),
    )


def _own(world):
    """An's mandate of an editor."""
    return _thing(world.mandate(world.enter(), AN_EMAIL, EDITOR))


def _holder(world):
    """An, by the key of a mandate of hers."""
    own = world.thing(f"{_PACKAGE}/mandate", "own")
    query = "SELECT holder_key FROM mandate WHERE id = %s"
    with world.scene.database("organisations") as db:
        (key,) = db.execute(query, [own.name.rsplit("/", 1)[1]]).fetchone()
    return Thing(name=own.organisation, key=key, hides=())


def _offered(world):
    return _thing(invite(world.scene, world.enter(), AN_EMAIL, SIGNATORY))


def _elses(role):
    """Somebody else's invitation, of an organisation that An has a mandate of, or none."""

    def build(world):
        organisation = world.enter()
        if role:
            world.mandate(organisation, AN_EMAIL, role)
        return _thing(invite(world.scene, organisation, BERT_EMAIL, EDITOR))

    return build


def _misplaced(world):
    own, elsewhere = _own(world), world.organisation("other").name
    name = f"{elsewhere}/mandates/{own.name.rsplit('/', 1)[1]}"
    return Thing(name=name, organisation=elsewhere, hides=("name", "organisation"))


def _none(world):
    name = absent("organisations/*/mandates/*")(world).name
    organisation = name.split("/mandates/")[0]
    return Thing(name=name, organisation=organisation, hides=("name", "organisation"))


BUILDERS = {
    (f"{_PACKAGE}/new", "anew"): lambda world: Thing(hides=()),
    (f"{_PACKAGE}/organisation", "own"): _organisation("own"),
    (f"{_PACKAGE}/organisation", "other"): _organisation("other"),
    (f"{_PACKAGE}/organisation", "absent"): _no_organisation,
    **{
        (f"{_PACKAGE}/mandating", relation): _for(relation)
        for relation in ("own", "edited", "viewed", "other", "revoked", "lapsed")
    },
    (f"{_PACKAGE}/mandating", "absent"): _for_none,
    (f"{_PACKAGE}/mandate", "own"): _own,
    (f"{_PACKAGE}/mandate", "offered"): _offered,
    (f"{_PACKAGE}/mandate", "signed"): _elses(SIGNATORY),
    (f"{_PACKAGE}/mandate", "viewed"): _elses(VIEWER),
    (f"{_PACKAGE}/mandate", "other"): _elses(None),
    (f"{_PACKAGE}/mandate", "revoked"): lambda world: _thing(world.revoked),
    (f"{_PACKAGE}/mandate", "lapsed"): lambda world: _thing(world.lapsed),
    (f"{_PACKAGE}/mandate", "misplaced"): _misplaced,
    (f"{_PACKAGE}/mandate", "absent"): _none,
    (f"{_PACKAGE}/holder", "own"): _holder,
    (f"{_PACKAGE}/holder", "absent"): lambda world: Thing(name="", key="0" * 32, hides=()),
    (f"{_PACKAGE}/opened", "own"): _offered,
    (f"{_PACKAGE}/opened", "absent"): _none,
    (f"{_PACKAGE}/entry", "ordinary"): lambda world: Thing(name=world.revoked.name),
    (f"{_PACKAGE}/entry", "absent"): _none,
    (f"{_PACKAGE}/change", "published"): lambda world: Thing(name=world.organisation("other").name),
    (f"{_PACKAGE}/change", "internal"): lambda world: Thing(name=world.revoked.name),
}
