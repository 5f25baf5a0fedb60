"""Invents the people of the programmes: fictitious names, example.org, the same ones each time."""

import datetime
import random
import unicodedata
from dataclasses import dataclass, field

from tests.programmes import facts, pb
from tests.programmes.suite import new_request_id, person

_AUDIENCES = {
    "AUDIENCE_CLIENT": 3,
    "AUDIENCE_FACILITY": 5,
    "AUDIENCE_REFERRER": 2,
    "AUDIENCE_OTHER_ACTOR": 1,
}
_PARTY_SIZES = {1: 8, 2: 2, 3: 1}
# NFKD takes no letter apart that has no mark, such as the dotless i.
_PLAIN = str.maketrans({"ı": "i", "ø": "o", "ß": "ss"})


@dataclass(frozen=True)
class Somebody:
    """A person with an address."""

    full_name: str
    email: str

    @property
    def caller(self):
        """Themselves, as a caller."""
        return person(self.email)

    def message(self):
        """The fields that a message has of a person."""
        return {"full_name": self.full_name, "email": self.email}


@dataclass
class Party:
    """People who come together, and what the first of them does.

    They come for a member of the register, which knows where that is, or say themselves where they
    are from. `mandated`: the first of them may act for the member.
    """

    session: str
    attendees: list
    arrives: datetime.datetime
    region: str = ""
    member: object = None
    mandated: bool = False
    request_id: str = field(default_factory=new_request_id)

    @property
    def email(self):
        """The registrant's address: the first attendee registers all."""
        return self.attendees[0].email

    @property
    def regions(self):
        """Where they come from."""
        return self.member.regions if self.member else {self.region}

    @property
    def audiences(self):
        """What they are."""
        if self.member:
            return {self.member.audience}
        return {each.audience for each in self.attendees}

    def registration(self):
        """What they ask for."""
        first = self.attendees[0]
        return pb.registration.Registration(
            registrant=pb.registration.Person(full_name=first.full_name, email=first.email),
            attendees=self.attendees,
            region=facts.region(self.region) if self.region else None,
            organisation=self.member.name if self.member else "",
        )


class Names:
    """Everybody's name, each once."""

    def __init__(self):
        of_people = facts.read("people")
        names = [
            f"{given} {family}"
            for given in of_people["given_names"]
            for family in of_people["family_names"]
        ]
        random.Random(of_people["seed"]).shuffle(names)
        self._names = iter(names)

    def somebody(self):
        """Somebody new."""
        name = next(self._names)
        return Somebody(name, _address(name))


class Inventor:
    """Invents the parties of a programme.

    `register`: where the organisations are found that people come for; none where they come for
    none. `question`, `answers`: what each is asked, and what they answer.
    """

    def __init__(self, names, seed, *, register=None, question=None, answers=()):
        self._names = names
        self._random = random.Random(seed)
        self._register = register
        self._question = question
        self._answers = answers

    def parties(self, session, begin, end, envoys=()):
        """As many people as a session shall have, in parties, in the order in which they arrive.

        As many parties as `elsewhere` says are of another region than the session's, and as many
        as `unattached` says come for no organisation. `envoys` are members and whom they have
        mandated: each of these comes for its own.
        """
        invented = session.invented
        sizes = []
        while sum(sizes) < invented["people"]:
            sizes.append(min(self._pick(_PARTY_SIZES), invented["people"] - sum(sizes)))
        seconds = int((end - begin).total_seconds())
        arrivals = sorted(
            begin + datetime.timedelta(seconds=self._random.randrange(seconds)) for _ in sizes
        )
        unattached = len(sizes) if self._register is None else invented.get("unattached", 0)
        chosen = self._random.sample(range(len(sizes)), len(sizes))
        elsewhere = invented["elsewhere"]
        strangers = set(chosen[:elsewhere])
        alone = set(chosen[-unattached:] if unattached else ())
        led = dict(zip(chosen[elsewhere:], envoys))
        parties = []
        for number, (size, arrival) in enumerate(zip(sizes, arrivals)):
            if number in led:
                parties.append(self._envoys(session, size, arrival, *led[number]))
            elif number in alone:
                region = self._region(session.regions, number in strangers)
                parties.append(self.party(session, size, region, arrival))
            else:
                member = self._register.choose(
                    self._random, session.regions, outside=number in strangers
                )
                parties.append(self._colleagues(session, size, arrival, member))
        return parties

    def party(self, session, size, region, arrives):
        """People of a region who come for no organisation."""
        attendees = [
            self._attendee(each, audience=pb.session.Audience.Value(self._pick(_AUDIENCES)))
            for each in self._people(size)
        ]
        return Party(session.key, attendees, arrives, region)

    def _colleagues(self, session, size, arrives, member):
        attendees = [self._attendee(each) for each in self._people(size)]
        return Party(session.key, attendees, arrives, member=member)

    def _envoys(self, session, size, arrives, member, envoy):
        attendees = [self._attendee(each) for each in (envoy, *self._people(size)[1:])]
        return Party(session.key, attendees, arrives, member=member, mandated=True)

    def _people(self, size):
        """The first has an address; the others may have none of their own."""
        people = [self._names.somebody() for _ in range(size)]
        return people[:1] + [
            each if self._random.random() < 0.5 else Somebody(each.full_name, "")
            for each in people[1:]
        ]

    def _attendee(self, somebody, audience=None):
        attendee = pb.registration.Attendee(**somebody.message(), audience=audience)
        if self._question:
            attendee.answers.add(
                question_id=self._question["id"], text=self._random.choice(self._answers)
            )
        return attendee

    def _region(self, regions, stranger):
        others = [each.removeprefix("REGION_") for each in pb.region.Region.keys()[1:]]
        return self._random.choice(
            [each for each in others if not regions or (each in regions) != stranger]
        )

    def _pick(self, weights):
        return self._random.choices(list(weights), list(weights.values()))[0]


def _address(name):
    plain = unicodedata.normalize("NFKD", name.lower().translate(_PLAIN))
    return (
        "".join("." if each == " " else each for each in plain if each.isascii()) + "@example.org"
    )
