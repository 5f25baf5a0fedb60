"""What the gateway costs: GetSession through it, as JSON and as gRPC, against gRPC straight to the
service.

The same public tool asks all of them: h2load, over TLS and HTTP/2, with 64 in flight. Each goes
with one token, as of somebody who works with it, or anonymous.
"""

import functools
import re
import struct
import subprocess

from deploy.gateway.settings import Rate
from deploy.local.stack import Stack
from tests.bench import load
from tests.bench.measure import Measure
from tests.functional.scene import Scene
from tests.programmes import pb
from tests.programmes.suite import STAFF

_CONNECTIONS = 4
_GET = "/scharnier.events.v1.SessionService/GetSession"
_UNLIMITED = 1_000_000
_RATE = re.compile(r"finished in [\d.]+m?s, ([\d.]+) req/s")
_DONE = re.compile(r"(\d+) succeeded, 0 failed, 0 errored, 0 timeout")


def measures(run_dir):
    """Yields with everything running; the caller measures meanwhile."""
    everybody = {"caller": Rate(_UNLIMITED, _UNLIMITED)}
    flags = {"events": ["--caller-rate=0"]}
    with Stack(run_dir, services=["events"], gateway=everybody, flags=flags) as stack:
        scene = Scene(stack, mailbox=None)
        session = scene.publish(unlimited={}).name
        scene.close()
        asked = run_dir / "get_session"
        message = pb.session_service.GetSessionRequest(name=session).SerializeToString()
        asked.write_bytes(b"\0" + struct.pack(">I", len(message)) + message)
        grpc = [f"--data={asked}", "-Hcontent-type: application/grpc", "-Hte: trailers"]
        ways = {
            "JSON": functools.partial(_rate, stack.gateway.address, f"/v1/{session}", []),
            "gRPC": functools.partial(_rate, stack.gateway.address, _GET, grpc),
        }
        straight = functools.partial(_rate, stack.address("events"), _GET, grpc)
        for name, way in ways.items():
            for who, caller in (("anonymous", None), ("token", STAFF)):
                yield Measure(
                    f"{name} by gateway, {who} / straight",
                    functools.partial(way, stack, caller),
                    functools.partial(straight, stack, caller),
                )


def _rate(address, path, options, stack, caller):
    """Calls a second that were answered; RuntimeError where one was refused."""
    who = [f"-Hauthorization: Bearer {stack.token(caller)}"] if caller else []
    command = [
        *("h2load", f"--clients={_CONNECTIONS}", f"--duration={load.SECONDS}", "--warm-up-time=1"),
        *(f"--max-concurrent-streams={load.IN_FLIGHT // _CONNECTIONS}", *options, *who),
        f"https://{address}{path}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    rate, answered = _RATE.search(done.stdout), _DONE.search(done.stdout)
    if not rate or not answered or not int(answered[1]):
        raise RuntimeError(f"h2load: {done.stdout[-500:]}{done.stderr[-500:]}")
    return float(rate[1])
