"""One caller who takes more connections than its share."""

import contextlib
import socket

from deploy.local.cluster.network import CONNECTIONS_PER_SOURCE
from deploy.local.processes import LocalError


def check(cluster):
    """The line that tells of it: nobody gets more connections than one address may have."""
    host, port = cluster.gateway.split(":")
    with contextlib.ExitStack() as taken:
        count = 0
        with contextlib.suppress(ConnectionRefusedError):
            while count <= CONNECTIONS_PER_SOURCE:
                taken.enter_context(socket.create_connection((host, int(port)), timeout=10))
                count += 1
        if not 0 < count <= CONNECTIONS_PER_SOURCE:
            raise LocalError(
                f"One address got {count} connections, not {CONNECTIONS_PER_SOURCE} at most."
            )
    return f"One address gets {count} connections, and the next is reset."
