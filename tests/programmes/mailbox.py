"""An SMTP server that keeps what it accepts, and misbehaves for addresses where a test says so.

    with Mailbox(Path("build/run/mails.jsonl")) as mailbox:
        mailbox.script("an.peeters@example.org", ["450", "close after"])   # then it accepts
        ...
        mailbox.count_by_message_id()

A mail is on disk before its sender reads 250, so that whoever counts after a crash of the sender
counts what was promised.
"""

import asyncio
import collections
import datetime
import email
import email.policy
import json
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from aiosmtpd.controller import Controller

from deploy.local.processes import free_port

# What a script can hold, one entry for each attempt to deliver to the address:
#   "421", "450", "550" …  the answer to RCPT TO
#   "close before"         the connection closes after the final dot, nothing is kept
#   "close after"          the mail is kept, the connection closes without a 250
#   "slow 1.5"             the 250 comes after as many seconds
#   "hold"                 `held` is set, and the 250 comes when release() was called
_CLOSE_BEFORE = "close before"
_CLOSE_AFTER = "close after"
_SLOW = "slow "
_HOLD = "hold"


@dataclass(frozen=True)
class Mail:
    """One mail as it was accepted."""

    recipients: tuple
    message_id: str
    subject: str
    text: str
    date: datetime.datetime | None  # as its sender says

    @staticmethod
    def of(recipients, content: bytes):
        """Reads headers and every text part."""
        parsed = email.message_from_bytes(content, policy=email.policy.default)
        parts = [
            part.get_content() for part in parsed.walk() if part.get_content_maintype() == "text"
        ]
        return Mail(
            tuple(recipients),
            parsed["Message-ID"] or "",
            parsed["Subject"] or "",
            "\n".join(parts),
            parsed["Date"] and parsed["Date"].datetime,
        )


class Mailbox:
    """The server, in a thread of its own. The same port serves again after stop() and start()."""

    def __init__(self, file: Path, port=None, host="127.0.0.1"):
        self._file = file
        self.host = host
        self.port = port or free_port()
        self._lock = threading.Lock()
        self._kept = []
        self._scripts = {}
        self._controller = None
        self.held = threading.Event()
        self._released = threading.Event()

    @property
    def address(self):
        """Where it listens."""
        return f"{self.host}:{self.port}"

    def start(self):
        """Listens."""
        self._controller = _Controller(self, self.host, self.port)
        self._controller.start()

    def stop(self):
        """Closes the port and every connection: to its senders the relay is away."""
        self._controller.stop()
        self._controller = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        if self._controller:
            self.stop()

    def script(self, address, steps):
        """What happens to the next attempts to deliver to an address; afterwards it accepts."""
        with self._lock:
            self._scripts[address.lower()] = collections.deque(steps)

    def release(self):
        """Lets the mails go on that a script holds."""
        self._released.set()

    async def hold(self):
        """Until release()."""
        self.held.set()
        while not self._released.is_set():
            await asyncio.sleep(0.02)

    def mails(self):
        """What was accepted, in order. One whose 250 never left is among it."""
        with self._lock:
            return list(self._kept)

    def count(self):
        """How many those are, for whoever asks often."""
        with self._lock:
            return len(self._kept)

    def count_by_message_id(self):
        """How often each Message-ID was accepted."""
        return collections.Counter(mail.message_id for mail in self.mails())

    def count_by_recipient(self):
        """How many mails each address got."""
        return collections.Counter(each for mail in self.mails() for each in mail.recipients)

    def next_step(self, address):
        """Takes the next entry of the address' script; empty: accept."""
        with self._lock:
            steps = self._scripts.get(address.lower())
            return steps.popleft() if steps else ""

    def keep(self, recipients, content: bytes):
        """Makes a mail durable."""
        mail = Mail.of(recipients, content)
        raw = content.decode("utf-8", "surrogateescape")
        line = json.dumps({"recipients": recipients, "content": raw, "text": mail.text})
        with self._lock:
            with open(self._file, "a", encoding="ascii") as out:
                out.write(line + "\n")
                out.flush()
                os.fsync(out.fileno())
            self._kept.append(mail)


class _Handler:
    """One for all connections; what it has to remember of a mail stands in the envelope."""

    def __init__(self, mailbox):
        self._mailbox = mailbox

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        step = self._mailbox.next_step(address)
        if step.isdigit():
            return (
                f"{step} not now, says the script"
                if step[0] == "4"
                else f"{step} no, says the script"
            )
        envelope.script_step = step
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):
        step = envelope.script_step
        if step == _CLOSE_BEFORE:
            server.transport.abort()
            return "451 gone"
        if step.startswith(_SLOW):
            await asyncio.sleep(float(step.removeprefix(_SLOW)))
        if step == _HOLD:
            await self._mailbox.hold()
        self._mailbox.keep(envelope.rcpt_tos, envelope.content)
        if step == _CLOSE_AFTER:
            server.transport.abort()
            return "451 gone"
        return "250 OK"


class _Controller(Controller):
    """aiosmtpd's, with its connections closed on stop: a relay that is away keeps none open."""

    def __init__(self, mailbox, host, port):
        super().__init__(_Handler(mailbox), hostname=host, port=port)
        self._connections = []

    def factory(self):
        connection = super().factory()
        self._connections.append(connection)
        return connection

    def cancel_tasks(self, stop_loop=True):
        for connection in self._connections:
            if connection.transport:
                connection.transport.abort()
        super().cancel_tasks(stop_loop)
