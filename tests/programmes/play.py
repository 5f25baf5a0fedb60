"""Plays the programmes against the real services and gives an account.

    /usr/bin/python3 -m tests.programmes.play --report build/run/report.json
"""

import argparse
import collections
import contextlib
import datetime
import json
import sys
import time
from pathlib import Path

import grpc

from deploy.local.processes import LocalError, end_on_signals
from deploy.local.stack import ROOT, Stack
from tests.programmes import account, pb
from tests.programmes.agenda import HALF_A_DAY, Agenda
from tests.programmes.book import RuleBroken, require
from tests.programmes.focusgroepen import Focusgroepen
from tests.programmes.mailbox import Mailbox
from tests.programmes.people import Names
from tests.programmes.programme import DISCREET
from tests.programmes.reconversie import ReconversieNieuws, Reconversietraject
from tests.programmes.register import Register
from tests.programmes.suite import STAFF, Suite, every_page
from tests.programmes.uitbreidingsbeleid import Uitbreidingsbeleid

# Mails take moments, and those of a call to everybody seconds.
_MAILS_WITHIN = 120.0
_LOOKS_AGAIN_AFTER = 0.02
_ON_THEIR_WAY = ("QUEUED", "SENDING")
_RUN_DIR = ROOT / "build" / "run"
_STARTS_AT = "2020-09-01T08:00:00Z"


@contextlib.contextmanager
def played(run_dir: Path, report_path: Path, tell):
    """Starts the suite and a mailbox, plays, compares, and writes the report.

    Yields (stack, mailbox), both still up for whoever wants to look into them. `run_dir` is wiped.
    """
    report_path.unlink(missing_ok=True)
    tell("Starting PostgreSQL and the services.")
    with Mailbox(run_dir / "mails.jsonl") as mailbox, Stack(
        run_dir, clock=_STARTS_AT, smtp=mailbox.address, report=tell
    ) as stack:
        with Suite(stack.addresses(), stack) as suite:
            play(suite, mailbox, stack.set_clock, report_path, tell)
        yield stack, mailbox


def play(suite, mailbox, set_clock, report_path: Path, tell):
    """Plays with a suite that is up, whose relay is the mailbox; compares; writes the report."""
    agenda = Agenda(set_clock, tell)
    register, programmes = _cast(suite, agenda)
    for each in (register, *programmes):
        each.plan()
    agenda.run(settle=lambda: _wait_for_mailbox(programmes, mailbox))
    for each in programmes:
        each.compare()
    due = sum((each.mails for each in programmes), collections.Counter())
    messages = _by_programme(programmes, _wait_for_mails(suite, mailbox, due, tell))
    _compare_messages(programmes, messages)
    _compare_mails(programmes, due, mailbox)
    _compare_dates(programmes, mailbox)
    counted = {name: account.count_messages(each) for name, each in messages.items()}
    told = (register, programmes, counted, mailbox.count())
    report = json.dumps(account.report(*told), indent=2, ensure_ascii=False)
    report_path.parent.mkdir(parents=True, exist_ok=True)
    report_path.write_text(report + "\n", encoding="utf-8")
    for line in account.lines(*told):
        tell(line)


def _cast(suite, agenda):
    """The register and the programmes, in the order in which people read of them."""
    names = Names()
    register = Register(suite, agenda, names)
    trajectory = Reconversietraject(suite, agenda, names, register)
    return register, [
        Focusgroepen(suite, agenda, names),
        Uitbreidingsbeleid(suite, agenda, names, register),
        ReconversieNieuws(suite, agenda, names, register, trajectory),
        trajectory,
    ]


def _wait_for_mailbox(programmes, mailbox):
    """Waits until as many mails have come as are due so far."""
    due = sum(each.mails.total() for each in programmes)
    end = time.monotonic() + _MAILS_WITHIN
    while (come := mailbox.count()) < due:
        require(
            time.monotonic() < end, f"after {_MAILS_WITHIN:.0f} s {come} of {due} mails have come"
        )
        time.sleep(_LOOKS_AGAIN_AFTER)


def _wait_for_mails(suite, mailbox, due, tell):
    """Waits until every mail that is due has come and none is on its way. All that are listed."""
    tell(f"Waiting for the last of {due.total()} mails.")
    listed = sum(count for (purpose, _), count in due.items() if purpose not in DISCREET)
    end = time.monotonic() + _MAILS_WITHIN
    while True:
        request = pb.message_service.ListMessagesRequest(page_size=200)
        messages = list(every_page(suite.messages.ListMessages, request, "messages", STAFF))
        counted = account.count_messages(messages)
        states = sum(map(collections.Counter, counted.values()), collections.Counter())
        settled = states.total() >= listed and not any(states[each] for each in _ON_THEIR_WAY)
        come = mailbox.count()
        if settled and come >= due.total():
            return messages
        require(
            time.monotonic() < end,
            f"after {_MAILS_WITHIN:.0f} s {come} of {due.total()} mails have come: {counted}",
        )
        time.sleep(0.2)


def _by_programme(programmes, messages):
    """The messages of each programme; every one is of exactly one."""
    sorted_out = {each.name: [] for each in programmes}
    for message in messages:
        owners = [each.name for each in programmes if each.tells_of(message.object)]
        require(len(owners) == 1, f"{message.object} is of the programmes {owners}")
        sorted_out[owners[0]].append(message)
    return sorted_out


def _compare_messages(programmes, messages):
    """The messages that are listed are those that are due, but for what nobody is shown."""
    for programme in programmes:
        due = collections.defaultdict(lambda: {"ACCEPTED": 0})
        for (purpose, _), count in programme.mails.items():
            if purpose not in DISCREET:
                due[purpose]["ACCEPTED"] += count
        seen = account.count_messages(messages[programme.name])
        require(seen == due, f"{programme.name} has the messages {seen}, where {dict(due)} is due")


def _compare_mails(programmes, due, mailbox):
    """Everybody was told as often as they had to be, and nobody reads what is sensitive."""
    twice = [each for each, count in mailbox.count_by_message_id().items() if count > 1]
    require(not twice, f"mails that came more than once: {twice}")
    to = collections.Counter()
    for (_, address), count in due.items():
        to[address] += count
    seen = mailbox.count_by_recipient()
    wrong = [each for each in to.keys() | seen.keys() if to[each] != seen[each]]
    require(not wrong, f"told too often or not often enough: {wrong}")
    answers = {answer for each in programmes for answer in each.answers}
    for mail in mailbox.mails():
        text = " ".join(mail.text.split())
        require(
            not any(answer in text for answer in answers),
            f"{mail.message_id} holds a sensitive answer",
        )


def _compare_dates(programmes, mailbox):
    """Every mail is dated when it tells something, or less than half a day later."""
    dates = collections.defaultdict(list)
    for mail in mailbox.mails():
        for address in mail.recipients:
            dates[address].append(mail.date)
    for address, seen in dates.items():
        moments = [moment for each in programmes for moment in each.moments.get(address, ())]
        for moment, date in zip(sorted(moments), sorted(seen), strict=True):
            # Dates have no fractions of a second.
            later = date - moment.replace(microsecond=0)
            require(
                datetime.timedelta(0) <= later < HALF_A_DAY,
                f"{address} has a mail of {date} about what happened at {moment}",
            )


def main():
    """The entry of `./dev run`; exit code 1 where something is in the way or a rule was broken."""
    parser = argparse.ArgumentParser(description="Plays the programmes and gives an account.")
    parser.add_argument("--report", type=Path, default=_RUN_DIR / "report.json")
    arguments = parser.parse_args()
    end_on_signals()
    try:
        with played(_RUN_DIR, arguments.report, lambda line: print(line, flush=True)):
            print(f"\nThe report is in {arguments.report}.", flush=True)
    except LocalError as trouble:
        return _say(trouble)
    except RuleBroken as broken:
        return _say(f"A rule was broken: {broken}")
    except grpc.RpcError as error:
        return _say(f"A service failed: {error.code().name}: {error.details()}")
    except KeyboardInterrupt:
        return _say("Stopped.")
    return 0


def _say(trouble):
    print(trouble, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
