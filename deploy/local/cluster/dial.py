"""Tries to connect, from within a pod's network: `nsenter --net` runs it there.

Reads [[host, port], …] from standard input, and prints what came of each: "open" where somebody
took the connection; "closed" where it was refused, as the firewall does; "silent" otherwise.
"""

import asyncio
import json
import sys

_PATIENCE = 20.0


async def _dial(host, port):
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), _PATIENCE)
        writer.close()
        return "open"
    except ConnectionRefusedError:
        return "closed"
    except OSError:  # time that is up is one
        return "silent"


async def _dial_all(targets):
    return await asyncio.gather(*(_dial(*each) for each in targets))


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_dial_all(json.load(sys.stdin)))))
