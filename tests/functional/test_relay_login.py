"""A relay that wants STARTTLS and a login, as those out in the world do."""

import ssl
import subprocess

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from deploy.local.processes import free_port
from tests.functional.scene import wait_until
from tests.programmes import pb

_LOGIN = LoginPassword(b"scharnier", b"geheim")


def _openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def _make_certificate(folder, host):
    """An authority of our own (ca.pem), and a certificate for `host` that it has signed."""
    _openssl(
        folder,
        *"req -x509 -newkey rsa:2048 -nodes -days 2 -keyout ca.key -out ca.pem".split(),
        *["-subj", "/CN=Authority of a test"],
    )
    _openssl(
        folder,
        *"req -newkey rsa:2048 -nodes -keyout relay.key -out relay.csr -subj /CN=relay".split(),
    )
    (folder / "names").write_text(f"subjectAltName=DNS:{host}\n", encoding="ascii")
    _openssl(
        folder,
        *"x509 -req -in relay.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2".split(),
        *"-extfile names -out relay.pem".split(),
    )


def _prepare(folder, host, password):
    """A relay's certificate for `host`; flags with which notifications logs in at it."""
    _make_certificate(folder, host)
    (folder / "password").write_text(f"{password}\n", encoding="ascii")
    return [
        "--smtp-starttls",
        f"--smtp-ca-file={folder / 'ca.pem'}",
        "--smtp-user=scharnier",
        f"--smtp-password-file={folder / 'password'}",
    ]


class _Relay:
    """Takes mails after STARTTLS and the right login alone."""

    def __init__(self, folder):
        self.port = free_port()
        self.mails = []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "relay.pem", folder / "relay.key")
        self._controller = Controller(
            self,
            hostname="127.0.0.1",
            port=self.port,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            authenticator=lambda _server, _session, _envelope, _mechanism, login: AuthResult(
                success=login == _LOGIN, handled=False
            ),
        )

    async def handle_DATA(self, _server, session, envelope):
        assert session.ssl is not None and session.authenticated
        self.mails.append(tuple(envelope.rcpt_tos))
        return "250 OK"

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()


# The relay's name in its certificate, the password that we have, and whether mails go out.
@pytest.mark.parametrize(
    "host, password, sent",
    [
        ("localhost", "geheim", True),
        ("elsewhere.example.org", "geheim", False),
        ("localhost", "mis", False),
    ],
    ids=["right", "certificate of another", "wrong password"],
)
def test_mails_go_out_after_starttls_and_login(start, tmp_path, host, password, sent):
    flags = _prepare(tmp_path, host, password)
    with _Relay(tmp_path) as relay:
        scene = start(smtp=f"localhost:{relay.port}", flags={"notifications": flags})
        scene.register(scene.publish(), "an.peeters@example.org")
        states = pb.message.Message

        def tried():
            """Whether it went out, or could not; never for good, for that is no fault of its."""
            messages = scene.messages()
            if not messages:
                return False
            (message,) = messages
            assert message.state in (
                states.STATE_QUEUED,
                states.STATE_SENDING,
                states.STATE_ACCEPTED,
            )
            return message.state == states.STATE_ACCEPTED if sent else message.problem != ""

        wait_until(tried, 30, scene.messages)
        assert relay.mails == ([("an.peeters@example.org",)] if sent else [])


def test_a_password_that_is_mended_needs_no_restart(start, tmp_path):
    flags = _prepare(tmp_path, "localhost", "mis")
    with _Relay(tmp_path) as relay:
        scene = start(smtp=f"localhost:{relay.port}", flags={"notifications": flags})
        scene.register(scene.publish(), "an.peeters@example.org")
        wait_until(lambda: any(each.problem for each in scene.messages()), 30, scene.messages)
        (tmp_path / "password").write_text("geheim\n", encoding="ascii")
        wait_until(lambda: relay.mails, 30, scene.messages)
