"""What `./dev up` has started, for another process to call: noted in a file, and read from it."""

import json
from pathlib import Path

from deploy.local.processes import LocalError
from deploy.local.signing import SigningKey, Tokens
from deploy.local.stack import ROOT

ADDRESSES = ROOT / "build/up/addresses.json"


def note(stack, smtp, path):
    """Writes down where a stack listens and what lies where."""
    addresses = {
        "services": stack.addresses(),
        "metrics": {name: stack.metrics_address(name) for name in stack.services},
        "gateway": stack.gateway.address if stack.gateway else None,
        "smtp": smtp,
        "ca": str(stack.ca_file),
        "issuer": stack.issuer.url,
        "signing_key": str(stack.issuer.signing_key_file),
    }
    path.write_text(json.dumps(addresses))


class Running:
    """The suite that is up, by what was written down; LocalError where nothing was."""

    def __init__(self, path=ADDRESSES):
        if not path.exists():
            raise LocalError("nothing is up: run ./dev up first.")
        noted = json.loads(path.read_text())
        self.services = noted["services"]
        self.metrics = noted["metrics"]
        self.gateway = noted["gateway"]
        self.smtp = noted["smtp"]
        self.ca_file = Path(noted["ca"])
        self._tokens = Tokens(noted["issuer"], SigningKey.read(Path(noted["signing_key"])))

    def token(self, caller):
        """A token for a caller, such as "staff devos": see signing.py."""
        return self._tokens.token(caller)
