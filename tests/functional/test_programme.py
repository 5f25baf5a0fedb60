"""The programme, played as `./dev run` plays it, and its report held against what is stored."""

import collections
import json

import psycopg
import pytest

from tests.programmes import pb, play

# Numbers of enums, as stored.
_CONFIRMED = pb.registration.Registration.STATE_CONFIRMED
_WAITLISTED = pb.registration.Registration.STATE_WAITLISTED


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """(report, account, stack, mailbox) of one play, its processes still up."""
    folder = tmp_path_factory.mktemp("programme")
    report, account = folder / "report.json", []
    with play.played(folder / "run", report, account.append) as (stack, mailbox):
        yield json.loads(report.read_text(encoding="utf-8")), account, stack, mailbox


def test_report_has_the_agreed_form(played):
    report = played[0]
    assert report.keys() == {"programmes", "mailbox"}
    assert report["programmes"].keys() == {"focusgroepen"}
    programme = report["programmes"]["focusgroepen"]
    assert programme.keys() == {"sessions", "proposals", "messages"}
    assert programme["proposals"] == {}
    for session in programme["sessions"]:
        assert session.keys() == {"name", "title", "capacity", "confirmed", "waiting"}
    assert report["mailbox"].keys() == {"mails"}


def test_sessions_are_as_the_database_has_them(played):
    report, _, stack, _ = played
    sessions = report["programmes"]["focusgroepen"]["sessions"]
    assert len(sessions) == 5
    with psycopg.connect(stack.database_url("events")) as db:
        stored = db.execute(
            "SELECT 'sessions/' || s.id, s.capacity, s.confirmed_seats, s.waiting_seats,"
            " coalesce(sum(r.seats) FILTER (WHERE r.state = %s), 0),"
            " coalesce(sum(r.seats) FILTER (WHERE r.state = %s), 0)"
            " FROM session s LEFT JOIN registration r ON r.session_id = s.id GROUP BY s.id",
            (_CONFIRMED, _WAITLISTED),
        ).fetchall()
    by_name = {row[0]: row[1:] for row in stored}
    assert by_name == {
        each["name"]: (each["capacity"], *(each["confirmed"], each["waiting"]) * 2)
        for each in sessions
    }


def test_some_sessions_are_full_and_none_holds_too_many(played):
    sessions = played[0]["programmes"]["focusgroepen"]["sessions"]
    assert all(each["confirmed"] <= each["capacity"] for each in sessions)
    assert sum(each["waiting"] > 0 for each in sessions) >= 2
    assert sum(each["confirmed"] + each["waiting"] for each in sessions) > 120


def test_messages_are_as_the_database_and_the_mailbox_have_them(played):
    report, _, stack, mailbox = played
    counted = collections.defaultdict(dict)
    with psycopg.connect(stack.database_url("notifications")) as db:
        for purpose, state, count in db.execute(
            "SELECT purpose, state, count(*) FROM message GROUP BY purpose, state"
        ):
            counted[_short(pb.message.Purpose, purpose)][
                _short(pb.message.Message.State, state)
            ] = count
    assert report["programmes"]["focusgroepen"]["messages"] == counted
    accepted = sum(states.get("ACCEPTED", 0) for states in counted.values())
    assert report["mailbox"]["mails"] == accepted == len(mailbox.mails())


def test_a_mail_says_which_session_when_and_where(played):
    report, _, _, mailbox = played
    titles = [each["title"] for each in report["programmes"]["focusgroepen"]["sessions"]]
    for mail in mailbox.mails():
        text = " ".join(mail.text.split())
        title = next(each for each in titles if each in text)
        assert _DAYS[title] in text
        assert "online" in text.lower()


def test_the_account_names_every_session_with_its_day(played):
    report, account, _, _ = played
    for session in report["programmes"]["focusgroepen"]["sessions"]:
        place = account.index(session["title"])
        assert _DAYS[session["title"]] in account[place + 1]


def test_nobody_is_named_in_logs(played):
    _, _, stack, mailbox = played
    logs = [stack.log_path(service).read_text(encoding="utf-8") for service in stack.services]
    for address in mailbox.count_by_recipient():
        assert not any(address in log for log in logs)


def _short(enum, number):
    name = enum.Name(number)
    return name.removeprefix("PURPOSE_").removeprefix("STATE_")


# As published, in the words of a Belgian letter.
_DAYS = {
    "Focusgroep Antwerpen, sessie 1": "donderdag 15 oktober 2020 van 9.00 tot 12.00 uur",
    "Focusgroep Antwerpen, sessie 2": "donderdag 15 oktober 2020 van 13.00 tot 16.00 uur",
    "Focusgroep Brussel, Limburg en Vlaams-Brabant": (
        "dinsdag 13 oktober 2020 van 13.00 tot 16.00 uur"
    ),
    "Focusgroep Oost-Vlaanderen": "maandag 26 oktober 2020 van 13.00 tot 16.00 uur",
    "Focusgroep West-Vlaanderen": "donderdag 29 oktober 2020 van 13.00 tot 16.00 uur",
}
