"""The suite's own issuer of access tokens: signs them, and publishes its keys over HTTPS.

    issuer = Issuer(run_dir / "secrets/issuer", authority)
    issuer.start()
    token = issuer.token("staff devos")
    issuer.rotate()        # signs with a new key; the old one is published until forget_old()
    issuer.stop()          # away, until start()

Nobody signs in: whoever holds the object, or may read its signing key, is anybody.
"""

import http.server
import json
import ssl
import sys
import threading
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.processes import free_port
from deploy.local.signing import ALGORITHM, AUDIENCE, SigningKey, Tokens

_HOST = "127.0.0.1"
_PATH = "/jwks.json"
_PATIENCE = 10.0


class Issuer:
    """An issuer with a key of its own, on a port that it keeps.

    folder   takes the key
    address  (host, port) to listen at; None: a free port of loopback
    url      what others know it by; None: its address
    """

    def __init__(self, folder: Path, authority, address=None, url=None):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._authority = authority
        self._address = address or (_HOST, free_port())
        host, port = self._address
        self.url = url or f"https://{host}:{port}"
        names = ["localhost", *([urlsplit(url).hostname] if url else [])]
        files = authority.write("issuer", authority.make("issuer", dns=names, addresses=[host]))
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(files.certificate, files.key)
        self.jwks_url = self.url + _PATH
        self.signing_key_file = folder / "signing.key"
        self.asked = 0  # how often the keys were fetched
        self.answers = None  # instead of ours, for tests: a function that is given the handler
        self._keys = []  # the first signs
        self._tokens = None
        self._server = None
        self._thread = None
        self.rotate()

    def start(self):
        """Listens from now on."""
        self._server = _Server(self._address, _Handler)
        self._server.issuer = self
        # Each connection shakes hands in its own thread, where it keeps nobody waiting.
        self._server.socket = self._context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="issuer", daemon=True
        )
        self._thread.start()

    def stop(self):
        """Nobody listens until start(); tokens can be had all the same. Harmless twice."""
        if self._server:
            self._server.shutdown()
            self._thread.join()
            self._server.server_close()
            self._server = None

    def flags(self):
        """The settings by which a service relies on this issuer."""
        return [
            f"--oidc-issuer={self.url}",
            f"--oidc-audience={AUDIENCE}",
            f"--oidc-algorithm={ALGORITHM}",
            f"--oidc-jwks-url={self.jwks_url}",
            f"--oidc-ca-file={self._authority.ca_file}",
        ]

    def show(self, files):
        """Shows another certificate to new connections, for tests."""
        self._context.load_cert_chain(files.certificate, files.key)

    # Keys.

    def rotate(self):
        """Signs with a new key from now on. The old ones stay published, for tokens under way."""
        key = SigningKey()
        key.write(self.signing_key_file)
        self._keys = [key, *self._keys]
        self._tokens = Tokens(self.url, key)

    def forget_old(self):
        """Publishes the key that signs, and no other."""
        self._keys = self._keys[:1]

    def jwks(self):
        """The keys that are published, as a JWKS document."""
        return {"keys": [key.jwk for key in self._keys]}

    # Tokens.

    def token(self, caller):
        """A token for a caller, such as "staff devos": see signing.py."""
        return self._tokens.token(caller)

    def header(self):
        """The header of a good token, for tests to change."""
        return self._tokens.header()

    def claims(self, caller):
        """The claims of a good token, for tests to change."""
        return self._tokens.claims(caller)

    def sign(self, header, claims):
        """A token with this header and these claims, signed whatever they say."""
        return self._keys[0].sign(header, claims)


class _Server(http.server.ThreadingHTTPServer):
    """One thread a connection; says nothing of clients that go away or trust us not."""

    daemon_threads = True
    issuer = None

    def handle_error(self, request, client_address):
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(http.server.BaseHTTPRequestHandler):
    """Answers with the keys."""

    timeout = _PATIENCE

    def do_GET(self):  # the name is http.server's
        if self.server.issuer.answers:
            self.server.issuer.asked += 1
            self.server.issuer.answers(self)
            return
        if self.path != _PATH:
            self.send_error(404)
            return
        self.server.issuer.asked += 1
        body = json.dumps(self.server.issuer.jwks()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/jwk-set+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):  # the name is http.server's
        pass
