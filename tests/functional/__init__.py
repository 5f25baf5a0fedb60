"""Tests of the real binaries from outside."""

import os

# An idle channel of Python's looks at its connection so often, 5 s by itself, and sees only then
# that a service wants to go.
os.environ.setdefault("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "100")
