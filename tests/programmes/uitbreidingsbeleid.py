"""The call to widen the offer, from 12 February 2021 on, and the East-Flanders meeting about it."""

import datetime

from tests.programmes import facts
from tests.programmes.calls import Call, Ideas
from tests.programmes.desk import HOUR, MOMENT, Desk
from tests.programmes.people import Inventor
from tests.programmes.programme import Programme

_IDEAL_WORLD = 1  # the track on which interest is expressed, counted from 0
_BRIEFLY = datetime.timedelta(minutes=10)


class Uitbreidingsbeleid(Programme):
    """Organisations express interest until a hard gate; one comes at the instant that it closes."""

    name = "uitbreidingsbeleid"

    def __init__(self, suite, agenda, names, register):
        text = facts.read(self.name)
        invented = text["invented"]
        super().__init__(text["title"], invented["seed"], suite, agenda)
        self._text = text
        self._invented = invented
        self._names = names
        self._register = register
        self.answers = invented["answers"]
        self.call = Call(self, text, invented, register)
        self.ideas = Ideas(self, self.call, invented["idea_question"], self.answers)
        event = facts.SeriesFacts(text["event"], invented["event"], invented["contact_email"])
        self._desk = Desk(self, event)
        self.desks = [self._desk]
        self._inventor = Inventor(names, invented["seed"], register=register)

    def plan(self):
        invented = self._invented
        self.agenda.at(facts.instant(invented["published"]), self.call.publish)
        self._desk.plan(self._inventor)
        meeting = self._desk.stories["oost-vlaanderen"]
        self.agenda.at(meeting.facts.closes - HOUR, lambda: self._come_from_elsewhere(meeting))
        self.agenda.at(meeting.facts.closes, lambda: self._come_late(meeting))
        titles = invented["ideas"]
        members = self._register.take(len(titles))
        self._register.plan_mandates(self, members, facts.instant(invented["mandates"]))
        self._plan_ideas(members, titles)

    def _plan_ideas(self, members, titles):
        """As many as are spread over the weeks; one in the last moment, and one too late."""
        closes = facts.instant(
            self._text["tracks"][_IDEAL_WORLD]["milestones"][0]["when"]["closes_before"]
        )
        *early, last, late = zip(members, titles)
        begins = facts.instant(self._invented["ideas_from"])
        for moment, (member, title) in zip(facts.office_hours(begins, closes, len(early)), early):
            self.agenda.at(moment, lambda m=member, t=title: self.ideas.submit(m, _IDEAL_WORLD, t))
        self.agenda.at(
            begins + _BRIEFLY,
            lambda: self.ideas.submit_unmandated(
                early[1][0], self._names.somebody(), _IDEAL_WORLD, early[1][1]
            ),
        )
        self.agenda.at(closes - MOMENT, lambda: self.ideas.submit(last[0], _IDEAL_WORLD, last[1]))
        self.agenda.at(closes, lambda: self.ideas.submit_too_late(late[0], _IDEAL_WORLD, late[1]))
        withdraws = self._invented["withdraws"]
        self.agenda.at(
            facts.instant(withdraws["at"]), lambda: self.ideas.withdraw(withdraws["number"])
        )

    def _come_from_elsewhere(self, story):
        """The meeting is for one region alone."""
        party = self._inventor.party(story.facts, 1, "ANT", self.agenda.now)
        self._desk.refuse(party, "NOT_ELIGIBLE")

    def _come_late(self, story):
        self._desk.come_late(self._inventor.party(story.facts, 1, "OVL", self.agenda.now))
