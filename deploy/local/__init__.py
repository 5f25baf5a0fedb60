"""The whole suite on one machine, for development and tests: `./dev run`, `up` and `test`."""

import os

# Between calls gRPC 1.51 looks at connections of a Python client every 5 s: one that fails, and is
# tried again, would not end its TLS handshake before the server gives up. Read when gRPC starts.
os.environ.setdefault("GRPC_CLIENT_CHANNEL_BACKUP_POLL_INTERVAL_MS", "100")
