"""The five regional focus groups of October 2020, from the invitation to the last session.

People register in the order in which they were invented to arrive, change their minds, come too
late and follow the advice they get. Every answer is compared with the rules as they were published.
"""

import datetime

from tests.programmes import facts
from tests.programmes.book import require
from tests.programmes.desk import HOUR, Desk
from tests.programmes.people import Inventor, Party
from tests.programmes.programme import Programme

_MINUTE = datetime.timedelta(minutes=1)


class Focusgroepen(Programme):
    """People of every kind, more of them than there is room for."""

    name = "focusgroepen"

    def __init__(self, suite, agenda, names):
        text = facts.read(self.name)
        invented = text["invented"]
        super().__init__(text["title"], invented["seed"], suite, agenda)
        self.answers = invented["answers"]
        self._series = facts.SeriesFacts(text, invented, invented["contact_email"])
        self._inventor = Inventor(
            names, invented["seed"], question=text["question"], answers=self.answers
        )
        self._desk = Desk(self, self._series)
        self.desks = [self._desk]

    def plan(self):
        self.agenda.at(self._series.opens - _MINUTE, self._come_too_early)
        parties = self._desk.plan(self._inventor)
        self._plan_choices(parties["antwerpen-1"])
        for party in parties["oost-vlaanderen"][:2]:
            self.agenda.at(party.arrives + HOUR, lambda party=party: self._register_twice(party))
        for story in self._desk.stories.values():
            closes = story.facts.closes
            self.agenda.at(closes, lambda story=story: self._come_late(story, follow=True))
            self.agenda.at(
                closes + 9 * HOUR, lambda story=story: self._come_late(story, follow=False)
            )

    def _plan_choices(self, parties):
        """ "Sessie 1 of 2": three try for both, and one of them then changes over."""
        for party in parties[:3]:
            self.agenda.at(party.arrives + HOUR, lambda party=party: self._try_both(party))
        changing = parties[0]
        self.agenda.at(changing.arrives + 2 * HOUR, lambda: self._change_over(changing))

    def _come_too_early(self):
        party = self._inventor.party(
            self._series.sessions["antwerpen-1"], 1, "ANT", self.agenda.now
        )
        told = self._desk.refuse(party, "REGISTRATION_NOT_OPEN")
        require(
            facts.instant(told.metadata["opens"]) == self._series.opens,
            f"registration is said to open at {told.metadata['opens']}",
        )

    def _try_both(self, party):
        self._desk.refuse(self._again(party, "antwerpen-2"), "CHOICE_TAKEN")

    def _change_over(self, party):
        story = self._desk.stories[party.session]
        entries = story.book.entries.values()
        self._desk.give_up(story, next(each for each in entries if each.email == party.email))
        self._desk.register(self._again(party, "antwerpen-2"))

    def _register_twice(self, party):
        self._desk.refuse(self._again(party, party.session), "ALREADY_REGISTERED")

    def _again(self, party, session):
        """The same people, later: another intention."""
        return Party(session, party.attendees, self.agenda.now, party.region)

    def _come_late(self, story, follow):
        """A latecomer is told what would fit, and may go there."""
        party = self._inventor.party(story.facts, 1, story.facts.regions[0], self.agenda.now)
        told = self._desk.come_late(party)
        fitting = {
            each.session.name: each
            for each in self._desk.stories.values()
            if self.agenda.now < each.facts.closes and each.book.has_room(1)
        }
        named = told.metadata.get("fits")
        require(
            named in fitting if fitting else named is None,
            f"a latecomer is sent to {named}, where {sorted(fitting)} would fit",
        )
        if fitting and follow:
            self._desk.register(self._again(party, fitting[named].facts.key))
            self.agenda.progress(f"  A latecomer went to {fitting[named].title} instead.")
