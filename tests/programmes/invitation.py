"""The invitation to the focus groups as messages: what was published, put in the API's words."""

import datetime
import zoneinfo

import yaml

from deploy.local.stack import ROOT
from tests.programmes import pb

_DATA = ROOT / "tests" / "programmes" / "data" / "focusgroepen.yaml"
_AUDIENCES = {
    "cliënten": pb.session.AUDIENCE_CLIENT,
    "voorzieningen": pb.session.AUDIENCE_FACILITY,
    "verwijzers": pb.session.AUDIENCE_REFERRER,
}
BRUSSELS = zoneinfo.ZoneInfo("Europe/Brussels")


class Invitation:
    """The published facts, with what had to be invented to play them."""

    def __init__(self):
        facts = yaml.safe_load(_DATA.read_text(encoding="utf-8"))
        self._facts = facts
        self.invented = facts["invented"]
        self.title = facts["title"]
        self.audiences = [_AUDIENCES[each] for each in facts["audiences"]]
        self.published = instant(self.invented["published"])
        self.opens = instant(self.invented["opens"])
        self.sessions = {
            each["id"]: SessionFacts(each, self.invented["sessions"][each["id"]])
            for each in facts["sessions"]
        }

    def series(self):
        """The series as staff make it."""
        return pb.series.Series(
            title={"nl": self.title},
            description={"nl": self._facts["format"]},
            contact_email=self.invented["contact_email"],
        )

    def session(self, key, series):
        """One session of the series as staff make it."""
        facts = self.sessions[key]
        question = self._facts["question"]
        session = pb.session.Session(
            series=series,
            title={"nl": facts.invented["title"]},
            description={"nl": self._facts["format"]},
            mode=pb.session.Session.MODE_ONLINE,
            when={"period": {"from": facts.moment("start"), "to": facts.moment("end")}},
            regions={
                "regions": [pb.region.Region.Value(f"REGION_{each}") for each in facts.regions],
                "openness": pb.session.OPENNESS_SOFT,
            },
            audience={"audiences": self.audiences, "openness": pb.session.OPENNESS_SOFT},
            window={"deadline": facts.deadline()},
            capacity=facts.invented["capacity"],
            choice_group=facts.choice_group,
            form={
                "sections": [
                    {
                        "questions": [
                            {
                                "id": self.invented["question_id"],
                                "title": {"nl": question["text"]},
                                "help": {"nl": question["use"]},
                                "required": True,
                                "sensitive": True,
                                "text": {},
                            }
                        ]
                    }
                ]
            },
        )
        session.window.open_time.FromDatetime(self.opens)
        return session


class SessionFacts:
    """What the invitation says of one session."""

    def __init__(self, facts, invented):
        self._facts = facts
        self.invented = invented
        self.key = facts["id"]
        self.regions = facts["regions"]
        self.choice_group = facts.get("choice_group", "")
        # The first moment that is too late, as computed when the text was read.
        self.closes = instant(facts["register_by"]["closes_before"])

    @property
    def begins(self):
        """The instant, by this machine's own time zone data."""
        hours, minutes = map(int, self._facts["start"].split(":"))
        time = datetime.time(hours, minutes, tzinfo=BRUSSELS)
        return datetime.datetime.combine(self._facts["date"], time).astimezone(
            datetime.timezone.utc
        )

    def moment(self, key):
        """The start or the end, in civil time."""
        hours, minutes = map(int, self._facts[key].split(":"))
        return pb.when.Moment(
            date=_civil(self._facts["date"]),
            time={"hours": hours, "minutes": minutes},
            precision=pb.when.PRECISION_MINUTE,
        )

    def deadline(self):
        """Until when people register."""
        register_by = self._facts["register_by"]
        return pb.when.Deadline(
            date=_civil(register_by["date"]),
            words=register_by["words"],
            strictness=pb.when.STRICTNESS_HARD,
            bound=pb.when.BOUND_INCLUSIVE,
        )


def instant(text):
    """An RFC 3339 instant."""
    return datetime.datetime.fromisoformat(text)


def _civil(date):
    return {"year": date.year, "month": date.month, "day": date.day}
