"""The register of organisations: invents it, imports it, and gives people mandates."""

import datetime
import itertools
import random
from dataclasses import dataclass

from tests.programmes import facts, pb
from tests.programmes.book import require
from tests.programmes.people import Somebody
from tests.programmes.suite import OFFICER, every_page, insist, new_request_id

EDITOR = pb.mandate.Mandate.ROLE_EDITOR
SIGNATORY = pb.mandate.Mandate.ROLE_SIGNATORY
_KIND = pb.organisation.Organisation
_AUDIENCES = {
    _KIND.KIND_FACILITY: pb.session.AUDIENCE_FACILITY,
    _KIND.KIND_REFERRER: pb.session.AUDIENCE_REFERRER,
}
# Enterprise numbers begin with 19, as nobody's does.
_FIRST_NUMBER = 19_200_000
_PIECE = 50
_MINUTE = datetime.timedelta(minutes=1)
_A_NIGHT = datetime.timedelta(hours=20)


@dataclass
class Member:
    """An organisation of the register, and who may act for it."""

    message: pb.organisation.Organisation
    signatory: Somebody = None
    editor: Somebody = None

    @property
    def name(self):
        """Its resource name, once it was imported."""
        return self.message.name

    @property
    def title(self):
        """What people call it."""
        return self.message.display_name

    @property
    def mailbox(self):
        """Where letters to it go."""
        return self.message.mailboxes[0].email

    @property
    def regions(self):
        """Where it is: {"ANT", "LIM"}."""
        addresses = [self.message.seat, *(each.address for each in self.message.establishments)]
        return {pb.region.Region.Name(each.region).removeprefix("REGION_") for each in addresses}

    @property
    def is_facility(self):
        """Whether it offers care."""
        return self.message.kind == _KIND.KIND_FACILITY

    @property
    def audience(self):
        """What its people are at a session."""
        return _AUDIENCES.get(self.message.kind, pb.session.AUDIENCE_OTHER_ACTOR)


class Register:
    """160 invented organisations over six regions."""

    def __init__(self, suite, agenda, names):
        self._facts = facts.read("register")
        self._suite = suite
        self._agenda = agenda
        self._names = names
        self.members = list(_invent(self._facts))
        self._free = [each for each in self.members if each.is_facility]
        random.Random(self._facts["seed"]).shuffle(self._free)
        self.by_region = {}

    def plan(self):
        """Puts the import down in the agenda."""
        self._agenda.at(facts.instant(self._facts["imported"]), self._import)

    def choose(self, chance, regions, outside=False):
        """A member in one of the regions, or outside all of them; anywhere where there are none."""
        return chance.choice(
            [
                each
                for each in self.members
                if not regions or each.regions.isdisjoint(regions) == outside
            ]
        )

    def take(self, count):
        """As many facilities that nobody took before, each with somebody who is to sign for it."""
        taken, self._free = self._free[:count], self._free[count:]
        for each in taken:
            each.signatory = self._names.somebody()
        return taken

    def add_editor(self, member):
        """Somebody who is to write for a member beside its signatory."""
        member.editor = self._names.somebody()

    def plan_mandates(self, programme, members, moment):
        """Officers invite the signatories, and these the editors; all accept the next morning."""
        for number, member in enumerate(members):
            signs = moment + number * _MINUTE
            self._agenda.at(
                signs, lambda m=member: self._invite(programme, m, m.signatory, SIGNATORY, OFFICER)
            )
            if member.editor:
                self._agenda.at(
                    signs + 2 * _A_NIGHT,
                    lambda m=member: self._invite(
                        programme, m, m.editor, EDITOR, m.signatory.caller
                    ),
                )

    # What happens.

    def _import(self):
        """A rehearsal, then in earnest, then the same list again."""
        rows = [each.message for each in self.members]
        everything = len(rows)
        for dry_run, due in (
            (True, (everything, 0, 0, 0)),
            (False, (everything, 0, 0, 0)),
            (False, (0, 0, everything, 0)),
        ):
            done = import_organisations(self._suite, rows, dry_run)
            seen = (done.created, done.updated, done.unchanged, done.refused)
            require(seen == due, f"the import did {seen}, where {due} is due: {done.errors}")
        listed = list(self._list())
        by_number = {each.enterprise_number: each for each in listed}
        require(len(listed) == everything, f"{len(listed)} organisations of {everything} are there")
        for member in self.members:
            member.message.name = by_number[member.message.enterprise_number].name
        for code in self._facts["regions"]:
            here = {each.name for each in self._list(f"region = REGION_{code}")}
            due = {each.name for each in self.members if code in each.regions}
            require(here == due, f"{len(here)} organisations are in {code}, not {len(due)}")
            self.by_region[code] = len(here)
        self._agenda.progress(f"The register was imported: {everything} organisations.")

    def _list(self, filtered=""):
        request = pb.organisation_service.ListOrganisationsRequest(page_size=100, filter=filtered)
        return every_page(
            self._suite.organisations.ListOrganisations, request, "organisations", OFFICER
        )

    def _invite(self, programme, member, somebody, role, caller):
        request = pb.mandate_service.CreateMandateRequest(
            parent=member.name,
            mandate={**somebody.message(), "role": role},
            request_id=new_request_id(),
        )
        mandate, _ = programme.now_and_then_twice(
            self._suite.mandates.CreateMandate, request, caller
        )
        programme.mandates += 1
        programme.tell_of(mandate.name, "MANDATE_OFFERED", [somebody.email])
        self._agenda.at(self._agenda.now + _A_NIGHT, lambda: self._accept(mandate, somebody))

    def _accept(self, mandate, somebody):
        request = pb.mandate_service.AcceptMandateRequest(
            name=mandate.name, request_id=new_request_id()
        )
        accepted = insist(self._suite.mandates.AcceptMandate, request, somebody.caller)
        require(
            accepted.state == pb.mandate.Mandate.STATE_ACTIVE,
            f"{mandate.name} was accepted and is in state {accepted.state}",
        )


def _invent(of_register):
    """The organisations, region by region."""
    chance = random.Random(of_register["seed"])
    roots = [first + second for first in of_register["first"] for second in of_register["second"]]
    chance.shuffle(roots)
    kinds = [
        (kind, name)
        for kind, told in of_register["kinds"].items()
        for name in itertools.islice(itertools.cycle(told["called"]), told["share"])
    ]
    seats = [
        (code, chance.choice(list(told["municipalities"].items())))
        for code, told in of_register["regions"].items()
        for _ in range(told["count"])
    ]
    for number, (root, (code, place)) in enumerate(zip(roots, seats, strict=True), start=1):
        kind, called = kinds[number % len(kinds)]
        member = Member(
            pb.organisation.Organisation(
                display_name=called.format(root),
                kind=_KIND.Kind.Value(f"KIND_{kind}"),
                enterprise_number=enterprise_number(_FIRST_NUMBER + number),
                identifiers=[{"system": "domino", "value": f"V{number:04}"}],
                seat=_address(of_register, chance, code, place),
                mailboxes=[{"email": f"info@{root.lower()}.example.org", "label": "secretariaat"}],
            )
        )
        if number % of_register["second_region_every"] == 0:
            code = chance.choice([each for each in of_register["regions"] if each != code])
            place = chance.choice(list(of_register["regions"][code]["municipalities"].items()))
            member.message.establishments.add(
                display_name=f"{root} {place[0]}",
                address=_address(of_register, chance, code, place),
            )
        yield member


def _address(of_register, chance, code, place):
    municipality, postal_code = place
    return {
        "street": f"{chance.choice(of_register['streets'])} {chance.randint(1, 120)}",
        "postal_code": postal_code,
        "municipality": municipality,
        "region": facts.region(code),
    }


def enterprise_number(base):
    """Eight digits with the two that check them."""
    return f"{base:08}{97 - base % 97:02}"


def import_organisations(suite, rows, dry_run=False, timeout=60.0):
    """Imports organisations as an officer of the register does, a piece at a time; the answer."""
    request = pb.organisation_service.ImportOrganisationsRequest
    parts = [request(options={"dry_run": dry_run})]
    for begin in range(0, len(rows), _PIECE):
        piece = enumerate(rows[begin:][:_PIECE], begin + 1)
        parts.append(request(rows={"rows": [{"line": n, "organisation": row} for n, row in piece]}))
    return suite.organisations.ImportOrganisations(iter(parts), OFFICER, timeout=timeout)
