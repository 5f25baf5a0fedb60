"""Invents the people of a programme: fictitious names, example.org, the same ones each time."""

import datetime
import random
import unicodedata
from dataclasses import dataclass, field

from tests.programmes import pb
from tests.programmes.suite import new_request_id

_AUDIENCES = {
    "AUDIENCE_CLIENT": 3,
    "AUDIENCE_FACILITY": 5,
    "AUDIENCE_REFERRER": 2,
    "AUDIENCE_OTHER_ACTOR": 1,
}
_PARTY_SIZES = {1: 8, 2: 2, 3: 1}
# NFKD takes no letter apart that has no mark, such as the dotless i.
_PLAIN = str.maketrans({"ı": "i", "ø": "o", "ß": "ss"})


@dataclass
class Party:
    """People who come together, and what the first of them does."""

    session: str
    region: str
    attendees: list
    arrives: datetime.datetime
    request_id: str = field(default_factory=new_request_id)

    @property
    def email(self):
        """The registrant's address: the first attendee registers all."""
        return self.attendees[0].email

    def registration(self):
        """What they ask for."""
        first = self.attendees[0]
        return pb.registration.Registration(
            registrant=pb.registration.Person(full_name=first.full_name, email=first.email),
            attendees=self.attendees,
            region=pb.region.Region.Value(f"REGION_{self.region}"),
        )


class Inventor:
    """Invents parties from a seed; no two people share a name."""

    def __init__(self, invented: dict):
        self._random = random.Random(invented["seed"])
        self._question = invented["question_id"]
        self._answers = invented["answers"]
        names = [
            f"{given} {family}"
            for given in invented["given_names"]
            for family in invented["family_names"]
        ]
        self._random.shuffle(names)
        self._names = iter(names)

    def parties(self, facts, begin, end):
        """As many people as a session shall have, in parties, in the order in which they arrive.

        As many parties as `elsewhere` says are of another region than the session's.
        """
        people, elsewhere = facts.invented["people"], facts.invented["elsewhere"]
        sizes = []
        while sum(sizes) < people:
            sizes.append(min(self._pick(_PARTY_SIZES), people - sum(sizes)))
        seconds = int((end - begin).total_seconds())
        arrivals = sorted(
            begin + datetime.timedelta(seconds=self._random.randrange(seconds)) for _ in sizes
        )
        strangers = set(self._random.sample(range(len(sizes)), elsewhere))
        return [
            self.party(facts.key, size, self._region(facts.regions, number in strangers), arrival)
            for number, (size, arrival) in enumerate(zip(sizes, arrivals))
        ]

    def party(self, session, size, region, arrives):
        """One party; its second and third may have no address of their own."""
        attendees = [self._attendee(i == 0 or self._random.random() < 0.5) for i in range(size)]
        return Party(session, region, attendees, arrives)

    def _attendee(self, has_address):
        name = next(self._names)
        answer = pb.form.Answer(question_id=self._question, text=self._random.choice(self._answers))
        return pb.registration.Attendee(
            full_name=name,
            email=_address(name) if has_address else "",
            audience=pb.session.Audience.Value(self._pick(_AUDIENCES)),
            answers=[answer],
        )

    def _region(self, regions, stranger):
        others = [each.removeprefix("REGION_") for each in pb.region.Region.keys()[1:]]
        return self._random.choice([each for each in others if (each in regions) != stranger])

    def _pick(self, weights):
        return self._random.choices(list(weights), list(weights.values()))[0]


def _address(name):
    plain = unicodedata.normalize("NFKD", name.lower().translate(_PLAIN))
    return (
        "".join("." if each == " " else each for each in plain if each.isascii()) + "@example.org"
    )
