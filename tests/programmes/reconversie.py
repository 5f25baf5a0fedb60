"""The call for reconversion of December 2021, of which two texts tell: a news item and a page.

The news item makes the dates known, and brings two series of sessions and the idea sheets. The page
brings the call with its four tracks, a webinar, the trefdagen and the joint proposals.
"""

import datetime

from tests.programmes import facts
from tests.programmes.calls import Call, Ideas
from tests.programmes.desk import HOUR, MOMENT, Desk
from tests.programmes.people import Inventor
from tests.programmes.programme import Programme
from tests.programmes.proposals import Proposals

_DAY = datetime.timedelta(days=1)
# How long people take, from the day on which a proposal is begun.
_INVITES_AFTER = 2 * _DAY
_ANSWERS_AFTER = 6 * _DAY
_COMPLETES_AFTER = 9 * _DAY
_EDITS_AFTER = 12 * _DAY


class Reconversietraject(Programme):
    """The call, and joint proposals until a hard gate."""

    name = "reconversietraject"

    def __init__(self, suite, agenda, names, register):
        text = facts.read("reconversie")
        told, invented = text["trajectory"], text["invented"]
        super().__init__(told["title"], invented["seed"], suite, agenda)
        self._invented = invented
        self._register = register
        self._closes = facts.instant(text["news"]["milestones"][1]["when"]["closes_before"])
        self.answers = invented["answers"]
        self.call = Call(self, told, invented, register)
        self.proposals = Proposals(
            self, self.call, invented["proposal_questions"], invented["answers"]
        )
        self._inventor = Inventor(names, invented["seed"], register=register)
        self.desks = [
            Desk(self, facts.SeriesFacts(told[each], invented[each], invented["contact_email"]))
            for each in ("webinar", "fair_days")
        ]
        # Those who hand in ideas and lead proposals, and those whom they invite.
        self.leads = register.take(len(invented["ideas"]))
        self._partners = [register.take(len(each["partners"])) for each in invented["proposals"]]
        self.sheets_of = {}

    def plan(self):
        invented = self._invented
        self.agenda.at(facts.instant(invented["published"]), self.call.publish)
        partners = [each for some in self._partners for each in some]
        for told, lead in zip(invented["proposals"], self.leads):
            if told.get("edited_together"):
                self._register.add_editor(lead)
        self._register.plan_mandates(
            self, self.leads + partners, facts.instant(invented["mandates"])
        )
        for desk in self.desks:
            desk.plan(self._inventor, envoys(self.random, desk, self.leads + partners))
        proposals = zip(invented["proposals"], invented["ideas"], self.leads, self._partners)
        for told, idea, lead, invited in proposals:
            self._plan_proposal(told, idea, lead, invited)

    def _plan_proposal(self, told, idea, lead, partners):
        drafted = facts.instant(told["drafted"])
        course = _Course(self, told, idea, lead, partners)
        self.agenda.at(drafted, course.draft)
        self.agenda.at(drafted + _INVITES_AFTER, course.invite)
        self.agenda.at(drafted + _ANSWERS_AFTER, course.answer)
        if not told.get("incomplete"):
            self.agenda.at(drafted + _COMPLETES_AFTER, course.complete)
        if told.get("edited_together"):
            self.agenda.at(drafted + _EDITS_AFTER, course.edit_together)
        for moment in told.get("submitted", []):
            if moment == "too late":
                self.agenda.at(self._closes, course.submit_too_late)
            elif moment == "last moment":
                self.agenda.at(self._closes - MOMENT, course.submit)
            else:
                self.agenda.at(facts.instant(moment), course.submit)
        if "withdrawn" in told:
            self.agenda.at(facts.instant(told["withdrawn"]), course.withdraw)


class _Course:
    """What becomes of one proposal."""

    def __init__(self, programme, told, idea, lead, partners):
        self._proposals = programme.proposals
        self._sheets_of = programme.sheets_of
        self._told = told
        self._idea = idea
        self._lead = lead
        self._partners = list(zip(partners, told["partners"]))
        self._joint = None

    def draft(self):
        """By the lead; some come from an idea that it has handed in."""
        sheet = self._sheets_of[self._lead.name] if self._told.get("linked") else None
        self._joint = self._proposals.draft(
            self._lead, self._idea["track"], self._idea["title"], sheet
        )

    def invite(self):
        """Everybody at once."""
        for member, _ in self._partners:
            self._proposals.invite(self._joint, member)

    def answer(self):
        """Those who do."""
        for member, answer in self._partners:
            if answer != "silent":
                self._proposals.answer(self._joint, member, answer == "accepts")

    def complete(self):
        """The lead writes the rest."""
        self._proposals.complete(self._joint)

    def edit_together(self):
        """The lead's editor and its first partner; its signatory has read neither's text."""
        read = self._joint.message
        self._proposals.edit_together(self._joint, self._partners[0][0])
        self._proposals.submit_outdated(self._joint, read)

    def submit(self):
        """What is in the way is found out, and put out of it."""
        if self._told.get("incomplete"):
            self._proposals.submit_incomplete(self._joint)
            self._proposals.complete(self._joint)
        if any(answer == "silent" for _, answer in self._partners):
            for member in self._proposals.submit_with_open_partners(self._joint):
                self._proposals.remove(self._joint, member)
        self._proposals.submit(self._joint)

    def submit_too_late(self):
        """At the instant that the gate closes."""
        self._proposals.submit_too_late(self._joint)

    def withdraw(self):
        """For good."""
        self._proposals.withdraw(self._joint)


class ReconversieNieuws(Programme):
    """The dates, two series of sessions, and idea sheets until a soft gate."""

    name = "reconversie_nieuws"

    def __init__(self, suite, agenda, names, register, trajectory):
        text = facts.read("reconversie")
        told, invented = text["news"], text["invented"]
        super().__init__(told["title"], invented["seed"] + 1, suite, agenda)
        self._told = told
        self._invented = invented
        self._trajectory = trajectory
        self.answers = invented["answers"]
        self.ideas = Ideas(self, trajectory.call, invented["idea_question"], invented["answers"])
        self._inventor = Inventor(names, invented["seed"] + 1, register=register)
        self.desks = [
            Desk(self, facts.SeriesFacts(told[each], invented[each], invented["contact_email"]))
            for each in ("first_series", "second_series")
        ]

    def plan(self):
        self.agenda.at(facts.instant(self._invented["amended"]), self._make_dates_known)
        for desk in self.desks:
            desk.plan(self._inventor, envoys(self.random, desk, self._trajectory.leads))
            for story in desk.stories.values():
                self.agenda.at(
                    story.facts.closes + HOUR,
                    lambda desk=desk, story=story: self._come_late(desk, story),
                )
        self._plan_ideas()

    def _make_dates_known(self):
        due = [
            'Termijn "Ideeënfiche bezorgen": toegevoegd, vóór dinsdag 15 maart 2022, '
            "richtinggevend, voor het indienen van ideeën",
            'Termijn "Voorstellen indienen": toegevoegd, tot en met vrijdag 9 september 2022, '
            "bindend, voor het indienen van voorstellen",
        ]
        self._trajectory.call.amend(self._told, self._invented["reason"], due)

    def _plan_ideas(self):
        """As many as are spread over the weeks; one in the last moment, and one after it."""
        closes = facts.instant(self._told["milestones"][0]["when"]["closes_before"])
        begins = facts.instant(self._invented["ideas_from"])
        *early, last, late = zip(self._trajectory.leads, self._invented["ideas"])
        for moment, (member, idea) in zip(facts.office_hours(begins, closes, len(early)), early):
            self._plan_idea(moment, member, idea)
        self._plan_idea(closes - MOMENT, *last)
        self._plan_idea(closes, *late)

    def _plan_idea(self, moment, member, idea):
        def submit():
            self._trajectory.sheets_of[member.name] = self.ideas.submit(
                member, idea["track"], idea["title"]
            )

        self.agenda.at(moment, submit)

    def _come_late(self, desk, story):
        region = story.facts.regions[0] if story.facts.regions else "BRU"
        desk.come_late(self._inventor.party(story.facts, 1, region, self.agenda.now))


def envoys(chance, desk, members):
    """Members that have mandated somebody who comes to a session of the desk, by session.

    A member comes to a session for its region, once. The mandates are weeks old by then, so that
    the copy of the register by which a desk judges has long heard of them.
    """
    coming = {}
    for key, story in desk.stories.items():
        regions = story.facts.regions
        invited = [each for each in members if not regions or not each.regions.isdisjoint(regions)]
        count = min(story.facts.invented.get("mandated", 0), len(invited))
        coming[key] = [(each, each.signatory) for each in chance.sample(invited, count)]
    return coming
