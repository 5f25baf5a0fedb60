"""Plays the programmes against the real services and gives an account.

    /usr/bin/python3 -m tests.programmes.play --report build/run/report.json
"""

import argparse
import collections
import contextlib
import json
import sys
import time
from pathlib import Path

import grpc

from deploy.local.processes import LocalError, end_on_signals
from deploy.local.stack import ROOT, Stack
from tests.programmes import account, pb
from tests.programmes.book import RuleBroken, require
from tests.programmes.focusgroepen import Focusgroepen
from tests.programmes.mailbox import Mailbox
from tests.programmes.suite import STAFF, Suite, every_page

# Mails go out while the programme plays; what is left then takes seconds.
_MAILS_WITHIN = 120.0
_ON_THEIR_WAY = ("QUEUED", "SENDING")
_RUN_DIR = ROOT / "build" / "run"
_STARTS_AT = "2020-09-01T08:00:00Z"


@contextlib.contextmanager
def played(run_dir: Path, report_path: Path, tell):
    """Starts the suite and a mailbox, plays, compares, and writes the report.

    Yields (stack, mailbox), both still up for whoever wants to look into them. `run_dir` is wiped.
    """
    report_path.unlink(missing_ok=True)
    tell("Starting PostgreSQL, events and notifications.")
    with Mailbox(run_dir / "mails.jsonl") as mailbox, Stack(
        run_dir, clock=_STARTS_AT, smtp=mailbox.address, report=tell
    ) as stack:
        with Suite(stack.addresses()) as suite:
            programme = Focusgroepen(suite, stack.set_clock, tell)
            programme.play()
            messages = _wait_for_mails(suite, programme, tell)
        _compare_mails(programme, messages, mailbox)
        count = len(mailbox.mails())
        report = json.dumps(
            account.report(programme, messages, count), indent=2, ensure_ascii=False
        )
        report_path.parent.mkdir(parents=True, exist_ok=True)
        report_path.write_text(report + "\n", encoding="utf-8")
        for line in account.lines(programme, messages, count):
            tell(line)
        yield stack, mailbox


def _wait_for_mails(suite, programme, tell):
    """Waits until every mail that is due exists and none is on its way. Counts the messages."""
    due = sum(programme.mails.values())
    tell(f"Waiting for the last of {due} mails.")
    end = time.monotonic() + _MAILS_WITHIN
    while True:
        counted = account.count_messages(
            every_page(
                suite.messages.ListMessages,
                pb.message_service.ListMessagesRequest(page_size=200),
                "messages",
                STAFF,
            )
        )
        states = sum(
            (collections.Counter(each) for each in counted.values()), collections.Counter()
        )
        if states.total() >= due and not any(states[each] for each in _ON_THEIR_WAY):
            return counted
        require(
            time.monotonic() < end,
            f"after {_MAILS_WITHIN:.0f} s the {due} mails are {dict(states)}",
        )
        time.sleep(0.2)


def _compare_mails(programme, messages, mailbox):
    """Everybody was told of everything once, and nobody read what is sensitive."""
    due = {purpose: {"ACCEPTED": count} for purpose, count in programme.mails.items()}
    require(messages == due, f"the messages are {messages}, where {due} is due")
    twice = [each for each, count in mailbox.count_by_message_id().items() if count > 1]
    require(not twice, f"mails that came more than once: {twice}")
    to = mailbox.count_by_recipient()
    wrong = [
        each
        for each in to.keys() | programme.mails_to.keys()
        if to[each] != programme.mails_to[each]
    ]
    require(not wrong, f"told too often or not often enough: {wrong}")
    for mail in mailbox.mails():
        text = " ".join(mail.text.split())
        require(
            not any(answer in text for answer in programme.answers),
            f"{mail.message_id} holds a sensitive answer",
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
