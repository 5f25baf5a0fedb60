"""Action tokens as the services make them for their mails: the matrix needs one for everything that
has one, also where no mail would be sent.

A token is sealed under the newest `action-token` key of the keyring: a byte with the length of the
key's id, the id, the nonce, and what AES-256-GCM makes of the message.
"""

import base64
import os
import re
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.policy.world import NOBODY
from tests.programmes import pb

_PURPOSE = b"action-token"
_FORM = b"scharnier.identity.v1.ActionToken"
_NONCE_BYTES = 12
_REGISTRATION, _INVITATION, _MANDATE = (
    pb.action_token.ActionToken.PURPOSE_REGISTRATION,
    pb.action_token.ActionToken.PURPOSE_INVITATION,
    pb.action_token.ActionToken.PURPOSE_MANDATE,
)
# What has links: its purpose, by name.
_PURPOSES = {
    re.compile(r"sessions/[^/]+/registrations/[^/]+"): _REGISTRATION,
    re.compile(r"proposals/[^/]+/invitations/[^/]+"): _INVITATION,
    re.compile(r"organisations/[^/]+/mandates/[^/]+"): _MANDATE,
}
# By service, a kind of things that have links; those of events, which open nothing there, have to
# do for notifications.
_KINDS = {
    "events": "scharnier.events.v1/opened",
    "notifications": "scharnier.events.v1/opened",
    "organisations": "scharnier.organisations.v1/opened",
    "proposals": "scharnier.proposals.v1/opened",
}
# Whose address got the link, by the id of the thing.
_HOLDERS = {
    _REGISTRATION: ("events", "SELECT person_key FROM registration WHERE id = %s"),
    _MANDATE: ("organisations", "SELECT person_key FROM mandate WHERE id = %s"),
}


class Links:
    """Makes tokens in a world whose clock stands at `now` (RFC 3339)."""

    def __init__(self, world, now):
        self._world = world
        self._now = datetime.fromisoformat(now)
        self._spares = {
            kind: self._mint(world.fresh(kind, "own")) for kind in set(_KINDS.values())
        }

    def to(self, thing, service):
        """For this very thing; where no link leads to it, for something else in the service."""
        return self._mint(thing) or self.elsewhere(service)

    def elsewhere(self, service):
        """For something of An's in the service, or in events, that the matrix never asks for."""
        return self._spares[_KINDS[service]]

    def _mint(self, thing):
        found = thing.get("name") or ""
        purpose = next((each for form, each in _PURPOSES.items() if form.fullmatch(found)), None)
        if purpose is None:
            return None
        token = pb.action_token.ActionToken(
            purpose=purpose, resource=found, holder=self._holder(purpose, thing)
        )
        token.issue_time.FromDatetime(self._now)
        token.expire_time.FromDatetime(self._now + timedelta(days=1))
        return self._seal(token.SerializeToString())

    def _holder(self, purpose, thing):
        if purpose not in _HOLDERS:
            return thing.organisation
        service, query = _HOLDERS[purpose]
        with self._world.scene.database(service) as db:
            found = db.execute(query, [thing.name.rsplit("/", 1)[1]]).fetchone()
        return found[0] if found else NOBODY

    def _seal(self, plaintext):
        lines = self._world.scene.stack.keyring_path().read_text(encoding="ascii").splitlines()
        keys = [line.split() for line in lines if line.startswith(_PURPOSE.decode())]
        _, key_id, key = keys[-1]
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(base64.b64decode(key)).encrypt(nonce, plaintext, _PURPOSE + b"\0" + _FORM)
        whole = bytes([len(key_id)]) + key_id.encode() + nonce + sealed
        return base64.urlsafe_b64encode(whole).rstrip(b"=").decode()
