"""Published facts as messages: what a text says of calls and sessions, put in the API's words.

The files in data/ hold the facts, and below `invented` what had to be invented to play them.
"""

import datetime
import zoneinfo

import yaml

from deploy.local.stack import ROOT
from tests.programmes import pb

_DATA = ROOT / "tests" / "programmes" / "data"
_AUDIENCES = {
    "cliënten": pb.session.AUDIENCE_CLIENT,
    "voorzieningen": pb.session.AUDIENCE_FACILITY,
    "verwijzers": pb.session.AUDIENCE_REFERRER,
}
_UTC = datetime.timezone.utc
BRUSSELS = zoneinfo.ZoneInfo("Europe/Brussels")


def read(name):
    """The facts of data/<name>.yaml."""
    return yaml.safe_load((_DATA / f"{name}.yaml").read_text(encoding="utf-8"))


def instant(text):
    """An RFC 3339 instant."""
    return datetime.datetime.fromisoformat(text)


def utc(timestamp):
    """The instant of a google.protobuf.Timestamp."""
    return timestamp.ToDatetime(tzinfo=_UTC)


def office_hours(begin, end, count):
    """As many moments, spread over the working days of a stretch of time."""
    days = (end - begin).days
    for number in range(count):
        day = (begin + datetime.timedelta(days=days * number // count)).astimezone(BRUSSELS)
        day -= datetime.timedelta(days=max(day.weekday() - 4, 0))
        yield day.replace(hour=9 + number * 5 % 8, minute=number * 17 % 60)


def region(code):
    """ "ANT" as the API has it."""
    return pb.region.Region.Value(f"REGION_{code}")


def when(facts):
    """When something is: a deadline, a period, or not known where the text does not say."""
    if facts is None:
        return pb.when.When(not_known={})
    words = facts.get("words", "")
    if "closes_before" in facts:
        return pb.when.When(deadline=deadline(facts), words=words)
    if "date" in facts:
        ends = {"from": _moment(facts, "start"), "to": _moment(facts, "end")}
    else:
        ends = {end: _month(facts, facts[end]) for end in ("from", "to") if end in facts}
    return pb.when.When(
        period={**ends, "minimum_months": facts.get("minimum_months", 0)}, words=words
    )


def deadline(facts):
    """A last day; hard, and itself in time, where the facts do not say otherwise."""
    strictness, bound = facts.get("strictness", "hard"), facts.get("bound", "inclusive")
    return pb.when.Deadline(
        date=_civil(facts["date"]),
        words=facts.get("words", ""),
        strictness=pb.when.Strictness.Value(f"STRICTNESS_{strictness.upper()}"),
        bound=pb.when.Bound.Value(f"BOUND_{bound.upper()}"),
    )


def form(questions):
    """A form of texts that have to be given; None where nothing is asked."""
    return questions and {
        "sections": [
            {
                "questions": [
                    {
                        "id": each["id"],
                        "title": {"nl": each["title"]},
                        "help": {"nl": each["help"]} if "help" in each else None,
                        "required": True,
                        "sensitive": each.get("sensitive", False),
                        "text": {},
                    }
                    for each in questions
                ]
            }
        ]
    }


def call(facts, invented):
    """A call as staff make it."""
    launched = when({"date": facts["launched"]})
    return pb.call.Call(
        title={"nl": facts["title"]},
        goal={"nl": facts.get("goal") or invented["goal"]},
        launch=launched,
        reference_prefix=invented["reference_prefix"],
        contact_email=invented["contact_email"],
        documents=[{"title": {"nl": each}} for each in facts["documents"]],
        tracks=[
            {
                "title": {"nl": each["title"]},
                "aim": {"nl": each["aim"]} if "aim" in each else None,
                "idea_form": form([invented["idea_question"]]),
                "proposal_form": form(invented.get("proposal_questions")),
                "milestones": milestones(each),
            }
            for each in facts["tracks"]
        ],
    )


def milestones(facts):
    """The milestones of a call or of a track."""
    return [
        pb.call.Milestone(
            id=each["id"],
            title={"nl": each["title"]},
            gate=pb.call.Milestone.Gate.Value(f"GATE_{each['gate'].upper()}"),
            when=when(each["when"]),
        )
        for each in facts.get("milestones", [])
    ]


class SeriesFacts:
    """What a text says of a series of sessions."""

    def __init__(self, facts, invented, contact_email):
        self._facts = facts
        self._contact_email = contact_email
        self.title = facts["title"]
        self.published = instant(invented["published"])
        self.opens = instant(invented["opens"])
        told = {each["id"]: each for each in facts.get("sessions", [])}
        self.sessions = {
            key: SessionFacts(key, {**facts, **told.get(key, {})}, more)
            for key, more in invented["sessions"].items()
        }

    def series(self):
        """The series as staff make it."""
        facts = self._facts
        return pb.series.Series(
            title={"nl": self.title},
            description={"nl": facts["description"]} if "description" in facts else None,
            when=when(facts["when"]) if "when" in facts else None,
            expected_participants=facts.get("participants_total", 0),
            contact_email=self._contact_email,
        )

    def session(self, key, series):
        """One of its sessions as staff make it."""
        session = self.sessions[key].session(series)
        session.window.open_time.FromDatetime(self.opens)
        return session


class SessionFacts:
    """What a text says of one session; what it says of the whole series holds for it too."""

    def __init__(self, key, facts, invented):
        self._facts = facts
        self.key = key
        self.invented = invented
        self.regions = facts.get("regions", [])
        self.region_rule = facts.get("region_rule", "soft") if self.regions else "open"
        self.audiences = [_AUDIENCES[each] for each in facts.get("audiences", [])]
        self._register_by = facts.get("register_by") or invented["register_by"]
        # The first moment that is too late, as computed when the text was read.
        self.closes = instant(self._register_by["closes_before"])

    @property
    def has_hours(self):
        """Whether it is told when on its day it begins."""
        return "start" in self._facts

    @property
    def begins(self):
        """The instant, by this machine's own time zone data; None where the day is not known."""
        if "date" not in self._facts:
            return None
        time = datetime.time.fromisoformat(self._facts.get("start", "00:00"))
        return datetime.datetime.combine(self._facts["date"], time, BRUSSELS).astimezone(_UTC)

    def session(self, series):
        """The session as staff make it."""
        facts = self._facts
        capacity = self.invented.get("capacity")
        session = pb.session.Session(
            series=series,
            title={"nl": self.invented["title"]},
            description={"nl": facts["description"]} if "description" in facts else None,
            mode=pb.session.Session.Mode.Value(f"MODE_{facts['mode'].upper()}"),
            when=when(facts if "date" in facts else facts.get("when")),
            place={k: facts.get(v, "") for k, v in _PLACE.items()} if "place" in facts else None,
            regions={
                "regions": [region(each) for each in self.regions],
                "openness": pb.session.Openness.Value(f"OPENNESS_{self.region_rule.upper()}"),
            },
            audience={
                "audiences": self.audiences,
                "openness": (
                    pb.session.OPENNESS_SOFT if self.audiences else pb.session.OPENNESS_OPEN
                ),
            },
            window={"deadline": deadline(self._register_by)},
            choice_group=facts.get("choice_group", ""),
            form=form([facts["question"]]) if "question" in facts else None,
        )
        if capacity:
            session.capacity = capacity
        else:
            session.unlimited.SetInParent()
        return session


_PLACE = {"address": "place", "access": "access"}


def _moment(facts, time):
    """The start or the end of a day, or of its hours where they are told."""
    date = _civil(facts["date"])
    if time not in facts:
        return pb.when.Moment(date=date, precision=pb.when.PRECISION_DAY)
    hours, minutes = map(int, facts[time].split(":"))
    return pb.when.Moment(
        date=date,
        time={"hours": hours, "minutes": minutes},
        precision=pb.when.PRECISION_MINUTE,
    )


def _month(facts, text):
    """A month, or a part of one: "2021-05"."""
    year, month = map(int, text.split("-"))
    part = f"MONTH_PART_{facts['part'].upper()}" if "part" in facts else "MONTH_PART_UNSPECIFIED"
    return pb.when.Moment(
        date={"year": year, "month": month},
        precision=pb.when.Precision.Value(f"PRECISION_{facts['precision'].upper()}"),
        part=pb.when.MonthPart.Value(part),
    )


def _civil(date):
    return {"year": date.year, "month": date.month, "day": date.day}
