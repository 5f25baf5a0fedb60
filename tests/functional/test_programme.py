"""The programmes, as `./dev run` plays them, and their report held against what is stored."""

import collections
import json

import psycopg
import pytest

from tests.programmes import facts, pb, play
from tests.programmes.suite import STAFF, Suite, every_page

# Numbers of enums, as stored.
_CONFIRMED = pb.registration.Registration.STATE_CONFIRMED
_WAITLISTED = pb.registration.Registration.STATE_WAITLISTED
_IDEA = pb.idea.Idea
_PROPOSAL = pb.proposal.Proposal
_INVITATION = pb.invitation.Invitation
_PROGRAMMES = ["focusgroepen", "uitbreidingsbeleid", "reconversie_nieuws", "reconversietraject"]


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """(report, account, stack, mailbox) of one play, its processes still up."""
    folder = tmp_path_factory.mktemp("programme")
    report, account = folder / "report.json", []
    with play.played(folder / "run", report, account.append) as (stack, mailbox):
        yield json.loads(report.read_text(encoding="utf-8")), account, stack, mailbox


def _ask(stack, service, query, *values):
    with psycopg.connect(stack.database_url(service)) as db:
        return db.execute(query, values).fetchall()


def _sessions(report):
    return [each for told in report["programmes"].values() for each in told["sessions"]]


def test_report_has_the_agreed_form(played):
    report = played[0]
    assert report.keys() == {"organisations", "programmes", "mailbox"}
    assert report["organisations"].keys() == {"imported", "by_region"}
    assert report["mailbox"].keys() == {"mails", "discreet"}
    assert list(report["programmes"]) == _PROGRAMMES
    for programme in report["programmes"].values():
        assert programme.keys() == {"sessions", "proposals", "messages"}
    for session in _sessions(report):
        assert session.keys() == {"name", "title", "capacity", "confirmed", "waiting"}
    figures = {name: set(told["proposals"]) for name, told in report["programmes"].items()}
    told = {"call", "organisations_told", "amendments", "mandates"}
    assert figures == {
        "focusgroepen": set(),
        "uitbreidingsbeleid": told | {"ideas"},
        "reconversie_nieuws": {"call", "ideas"},
        "reconversietraject": told | {"proposals", "partners"},
    }


def test_organisations_are_as_the_database_has_them(played):
    report, _, stack, _ = played
    assert _ask(stack, "organisations", "SELECT count(*) FROM organisation") == [(160,)]
    by_region = _ask(
        stack,
        "organisations",
        "SELECT region, count(*) FROM organisation, unnest(regions) AS region GROUP BY region",
    )
    assert report["organisations"] == {
        "imported": 160,
        "by_region": {
            pb.region.Region.Name(region).removeprefix("REGION_"): count
            for region, count in by_region
        },
    }
    # The same list, sent again, has changed nothing.
    assert _ask(stack, "organisations", "SELECT max(version) FROM organisation") == [(1,)]


def test_sessions_are_as_the_database_has_them(played):
    report, _, stack, _ = played
    stored = _ask(
        stack,
        "events",
        "SELECT 'sessions/' || s.id, s.capacity, s.confirmed_seats, s.waiting_seats,"
        " coalesce(sum(r.seats) FILTER (WHERE r.state = %s), 0),"
        " coalesce(sum(r.seats) FILTER (WHERE r.state = %s), 0)"
        " FROM session s LEFT JOIN registration r ON r.session_id = s.id GROUP BY s.id",
        _CONFIRMED,
        _WAITLISTED,
    )
    sessions = _sessions(report)
    assert len(sessions) == len(_DAYS)
    assert {row[0]: row[1:] for row in stored} == {
        each["name"]: (each["capacity"], *(each["confirmed"], each["waiting"]) * 2)
        for each in sessions
    }


def test_some_sessions_are_full_and_none_holds_too_many(played):
    programmes = played[0]["programmes"]
    limited = [each for each in _sessions(played[0]) if each["capacity"] is not None]
    assert all(each["confirmed"] <= each["capacity"] for each in limited)
    focus_groups = programmes["focusgroepen"]["sessions"]
    assert sum(each["waiting"] > 0 for each in focus_groups) >= 2
    assert sum(each["confirmed"] + each["waiting"] for each in focus_groups) > 120
    first_series = programmes["reconversie_nieuws"]["sessions"][:3]
    assert [each["capacity"] for each in first_series] == [None] * 3
    assert 290 <= sum(each["confirmed"] for each in first_series) <= 310


@pytest.mark.parametrize("programme", ["uitbreidingsbeleid", "reconversie_nieuws"])
def test_ideas_are_as_the_database_has_them(played, programme):
    report, _, stack, _ = played
    told = report["programmes"][programme]["proposals"]
    stored = _ask(
        stack,
        "proposals",
        "SELECT state, body FROM idea WHERE 'calls/' || call_id = %s",
        told["call"],
    )
    late = [body for _, body in stored if _IDEA.MARK_LATE in _IDEA.FromString(body).marks]
    assert told["ideas"] | {"refused": {}} == {
        "submitted": len(stored),
        "late": len(late),
        "withdrawn": sum(state == _IDEA.STATE_WITHDRAWN for state, _ in stored),
        "refused": {},
    }
    assert len(stored) == 12


def test_a_hard_gate_refuses_and_a_soft_one_marks(played):
    programmes = played[0]["programmes"]
    hard = programmes["uitbreidingsbeleid"]["proposals"]["ideas"]
    soft = programmes["reconversie_nieuws"]["proposals"]["ideas"]
    assert (hard["late"], hard["refused"]["GATE_CLOSED"], hard["withdrawn"]) == (0, 1, 1)
    assert (soft["late"], soft["refused"]) == (1, {})


def test_proposals_are_as_the_database_has_them(played):
    report, _, stack, _ = played
    told = report["programmes"]["reconversietraject"]["proposals"]
    stored = _ask(
        stack, "proposals", "SELECT 'calls/' || call_id, state, submitted, reference FROM proposal"
    )
    assert {row[0] for row in stored} == {told["call"]}
    assert told["proposals"] == {
        "drafted": len(stored),
        "submitted": sum(row[2] > 0 for row in stored),
        "versions": _ask(stack, "proposals", "SELECT count(*) FROM proposal_version")[0][0],
        "withdrawn": sum(row[1] == _PROPOSAL.STATE_WITHDRAWN for row in stored),
        "refused": dict.fromkeys(
            ("PARTNERS_OPEN", "EDIT_CONFLICT", "FIELD_MISSING", "GATE_CLOSED", "ETAG_STALE"), 1
        ),
    }
    invitations = _ask(stack, "proposals", "SELECT state, count(*) FROM invitation GROUP BY state")
    counted = dict(invitations)
    assert told["partners"] == {
        "invited": sum(counted.values()),
        "accepted": counted[_INVITATION.STATE_ACCEPTED],
        "declined": counted[_INVITATION.STATE_DECLINED],
        "withdrawn": counted[_INVITATION.STATE_WITHDRAWN],
    }
    assert min(told["partners"].values()) >= 2


def test_calls_are_as_the_database_has_them(played):
    report, _, stack, _ = played
    stored = {
        name: pb.call.Call.FromString(body)
        for name, body in _ask(stack, "proposals", "SELECT 'calls/' || id, body FROM call")
    }
    told = [report["programmes"][each]["proposals"] for each in _PROGRAMMES[1:]]
    assert stored.keys() == {each["call"] for each in told}
    assert told[1]["call"] == told[2]["call"]
    for each in (told[0], told[2]):
        assert each["amendments"] == len(stored[each["call"]].amendments)
    assert [len(stored[each["call"]].tracks) for each in (told[0], told[2])] == [2, 4]
    mandates = _ask(stack, "organisations", "SELECT count(*) FROM mandate")
    assert mandates == [(told[0]["mandates"] + told[2]["mandates"],)]


def test_messages_are_as_the_database_and_the_mailbox_have_them(played):
    report, _, stack, mailbox = played
    owners = _owners(report, stack)
    counted = {name: collections.defaultdict(collections.Counter) for name in _PROGRAMMES}
    discreet = collections.Counter()
    accepted = 0
    for subject, purpose, state, is_discreet in _ask(
        stack, "notifications", "SELECT object, purpose, state, discreet FROM message"
    ):
        owner, purpose = owners(subject), _short(pb.message.Purpose, purpose)
        state = _short(pb.message.Message.State, state)
        accepted += state == "ACCEPTED"
        if is_discreet:
            discreet[owner, purpose] += 1
        else:
            counted[owner][purpose][state] += 1
    assert {name: told["messages"] for name, told in report["programmes"].items()} == counted
    assert report["mailbox"]["mails"] == accepted == mailbox.count()
    listed = sum(sum(each.values()) for told in counted.values() for each in told.values())
    assert report["mailbox"]["discreet"] == discreet.total() == mailbox.count() - listed
    partners = report["programmes"]["reconversietraject"]["proposals"]["partners"]
    assert discreet == {
        ("reconversietraject", "PARTNER_INVITED"): partners["invited"],
        ("reconversietraject", "INVITATION_ACCEPTED"): partners["accepted"],
        ("reconversietraject", "INVITATION_DECLINED"): partners["declined"],
        ("reconversietraject", "INVITATION_WITHDRAWN"): partners["withdrawn"],
    }


def test_every_organisation_is_told_at_its_own_address(played):
    report, _, stack, mailbox = played
    due = {}
    for recipient, purpose, count in _ask(
        stack,
        "notifications",
        "SELECT recipient, purpose, count(*) FROM message WHERE recipient LIKE 'organisations/%%'"
        " GROUP BY recipient, purpose",
    ):
        due.setdefault(recipient, {})[_short(pb.message.Purpose, purpose)] = count
    with Suite(stack.addresses(), stack) as suite:
        request = pb.organisation_service.ListOrganisationsRequest(page_size=200)
        mailboxes = {
            each.name: each.mailboxes[0].email
            for each in every_page(
                suite.organisations.ListOrganisations, request, "organisations", STAFF
            )
        }
    seen = mailbox.count_by_recipient()
    assert {name: seen[address] for name, address in mailboxes.items()} == {
        name: sum(purposes.values()) for name, purposes in due.items()
    }
    # Of both calls and of the amendment, each once.
    assert len(due) == report["organisations"]["imported"]
    for purposes in due.values():
        assert (purposes["CALL_PUBLISHED"], purposes["CALL_AMENDED"]) == (2, 1)


def _owners(report, stack):
    """Whose programme the object of a message is, by the databases and by dates."""
    of_sessions = {
        session["name"]: name
        for name, told in report["programmes"].items()
        for session in told["sessions"]
    }
    of_calls = {
        told["proposals"]["call"]: name
        for name, told in report["programmes"].items()
        if "organisations_told" in told["proposals"]
    }
    of_ideas = {
        told["proposals"]["call"]: name
        for name, told in report["programmes"].items()
        if "ideas" in told["proposals"]
    }
    ideas = dict(_ask(stack, "proposals", "SELECT 'ideas/' || id, 'calls/' || call_id FROM idea"))
    mandates = dict(_ask(stack, "organisations", "SELECT id::text, expire_time FROM mandate"))

    def owner(subject):
        parts = subject.split("/")
        root = "/".join(parts[:2])
        if parts[0] == "organisations":
            return _PROGRAMMES[1 if mandates[parts[3]].year == 2021 else 3]
        if parts[0] == "proposals":
            return _PROGRAMMES[3]
        if parts[0] == "ideas":
            return of_ideas[ideas[root]]
        return (of_sessions | of_calls)[root]

    return owner


def test_nobody_is_told_too_late_to_act(played):
    _, _, stack, mailbox = played
    expires = dict(_ask(stack, "organisations", "SELECT id::text, expire_time FROM mandate"))
    begins = {
        name: begins
        for name, begins, body in _ask(
            stack, "events", "SELECT id::text, begins, body FROM session WHERE isfinite(begins)"
        )
        if getattr(pb.session.Session.FromString(body).when.period, "from").precision in _EXACT
    }
    assert len(begins) == 13
    messages = {
        identifier: (_short(pb.message.Purpose, purpose), subject.split("/"))
        for identifier, purpose, subject in _ask(
            stack, "notifications", "SELECT id::text, purpose, object FROM message"
        )
    }
    checked = collections.Counter()
    for mail in mailbox.mails():
        purpose, parts = messages[mail.message_id.strip("<>").partition("@")[0]]
        if purpose == "MANDATE_OFFERED":
            ends = expires[parts[3]]
        elif purpose == "REGISTRATION_CONFIRMED" and parts[1] in begins:
            ends = begins[parts[1]]
        else:
            continue
        assert mail.date < ends, mail
        checked[purpose] += 1
    assert checked["MANDATE_OFFERED"] == len(expires)
    assert checked["REGISTRATION_CONFIRMED"] > 100


def test_a_mail_about_a_session_says_which_when_and_where(played):
    report, _, stack, mailbox = played
    places = {
        f"sessions/{name}": pb.session.Session.FromString(body).place.address or "online"
        for name, body in _ask(stack, "events", "SELECT id::text, body FROM session")
    }
    sessions = {each["title"]: places[each["name"]] for each in _sessions(report)}
    about_sessions = 0
    for mail in mailbox.mails():
        text = " ".join(mail.text.split())
        found = [each for each in sessions if f'"{each}"' in text]
        about_sessions += len(found)
        for title in found:
            assert _DAYS[title] in text
            assert sessions[title] in text
    registrations = _ask(
        stack, "notifications", "SELECT count(*) FROM message WHERE object LIKE 'sessions/%%'"
    )
    assert [(about_sessions,)] == registrations


def test_nobody_reads_what_is_sensitive(played):
    texts = [facts.read(name)["invented"] for name in ("focusgroepen", *_TEXTS)]
    answers = {answer for invented in texts for answer in invented["answers"]}
    assert len(answers) > 10
    for mail in played[3].mails():
        text = " ".join(mail.text.split())
        assert not any(answer in text for answer in answers)


def test_the_account_names_every_session_with_its_day(played):
    report, account, _, _ = played
    for session in _sessions(report):
        place = account.index(session["title"])
        assert _DAYS[session["title"]] in account[place + 1]


@pytest.mark.parametrize(
    "milestone, gates",
    [
        ("Rapporteren over opzet: tot en met vrijdag 17 september 2021", "reports: later ones"),
        ("Goesting meedelen: tot en met donderdag 15 april 2021", "ideas: later ones are refused"),
        ("Gesprekken met geïnteresseerden: april-mei 2021", None),
        ("Beslissing: midden mei 2021", None),
        ("Operationaliseren: vanaf september 2021, minstens 2 jaar", None),
        ("Ideeënfiche bezorgen: vóór dinsdag 15 maart 2022", "ideas: later ones are accepted"),
        ("Voorstellen indienen: tot en met vrijdag 9 september 2022", "proposals: later ones are"),
    ],
)
def test_the_account_names_every_milestone_in_dutch(played, milestone, gates):
    account = [line.strip() for line in played[1]]
    assert account.count(milestone) == 1
    assert gates is None or f"gates {gates}" in account[account.index(milestone) + 1]


def test_the_account_tells_what_became_of_every_proposal(played):
    _, account, stack, _ = played
    text = "\n".join(account)
    references = _ask(
        stack,
        "proposals",
        "SELECT reference FROM idea UNION ALL"
        " SELECT reference FROM proposal WHERE reference IS NOT NULL",
    )
    assert len(references) == 30
    assert all(f"  {reference}  " in text for (reference,) in references)
    assert "8 begun; 6 submitted, of which 5 stand; 2 taken back, drafts included" in text
    assert "13 partners were invited: 9 accepted, 2 declined, 2 invitations were taken back" in text


def test_nobody_is_named_in_logs(played):
    _, _, stack, mailbox = played
    logs = [stack.log_path(service).read_text(encoding="utf-8") for service in stack.services]
    for address in mailbox.count_by_recipient():
        assert not any(address in log for log in logs)


def _short(enum, number):
    name = enum.Name(number)
    return name.removeprefix("PURPOSE_").removeprefix("STATE_")


_TEXTS = ("uitbreidingsbeleid", "reconversie")
_EXACT = (pb.when.PRECISION_DAY, pb.when.PRECISION_MINUTE)
# As published, in the words of a Belgian letter.
_DAYS = {
    "Focusgroep Antwerpen, sessie 1": "donderdag 15 oktober 2020 van 9.00 tot 12.00 uur",
    "Focusgroep Antwerpen, sessie 2": "donderdag 15 oktober 2020 van 13.00 tot 16.00 uur",
    "Focusgroep Brussel, Limburg en Vlaams-Brabant": (
        "dinsdag 13 oktober 2020 van 13.00 tot 16.00 uur"
    ),
    "Focusgroep Oost-Vlaanderen": "maandag 26 oktober 2020 van 13.00 tot 16.00 uur",
    "Focusgroep West-Vlaanderen": "donderdag 29 oktober 2020 van 13.00 tot 16.00 uur",
    "Oost-Vlaams afstemmingsoverleg": "maandag 1 maart 2021 van 14.00 tot 17.00 uur",
    "Informatie- en inspiratiesessie 1": "februari 2022",
    "Informatie- en inspiratiesessie 2": "februari 2022",
    "Informatie- en inspiratiesessie 3": "februari 2022",
    "Sessie West- en Oost-Vlaanderen": "dinsdag 29 maart 2022 van 9.30 tot 13.30 uur",
    "Sessie Antwerpen": "donderdag 31 maart 2022 van 12.30 tot 16.30 uur",
    "Sessie Limburg, Vlaams-Brabant en Brussel": "vrijdag 1 april 2022 van 9.30 tot 13.30 uur",
    "Webinar gezinshuizen": "nog niet bekend",
    "Digitale trefdag van 9 mei": "maandag 9 mei 2022",
    "Trefdag Antwerpen": "woensdag 18 mei 2022",
    "Digitale trefdag van 23 mei": "maandag 23 mei 2022",
    "Trefdag Gent": "dinsdag 7 juni 2022",
}
