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
_ANSWERED = re.compile(
    r'^grpc_server_handled_total{(?=.*grpc_code="OK")(?=.*grpc_method="GetSession").*} (\S+)$', re.M
)
_DONE = re.compile(r"(\d+) succeeded, 0 failed, 0 errored, 0 timeout")


def measures(run_dir):
    """Yields with everything running; the caller measures meanwhile."""
    everybody = dict.fromkeys(("caller", "address"), Rate(_UNLIMITED, _UNLIMITED))
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
            "JSON": functools.partial(_rate, scene, stack.gateway.address, f"/v1/{session}", []),
            "gRPC": functools.partial(_rate, scene, stack.gateway.address, _GET, grpc),
        }
        straight = functools.partial(_rate, scene, stack.address("events"), _GET, grpc)
        for name, way in ways.items():
            for who, caller in (("anonymous", None), ("token", STAFF)):
                yield Measure(
                    f"{name} by gateway, {who} / straight",
                    functools.partial(way, caller),
                    functools.partial(straight, caller),
                )


def _rate(scene, address, path, options, caller):
    """Calls a second that were answered; RuntimeError where one was not, which h2load cannot tell
    of gRPC: the service counts as well."""
    who = [f"-Hauthorization: Bearer {scene.stack.token(caller)}"] if caller else []
    before = _answered(scene)
    command = [
        *("h2load", f"--clients={_CONNECTIONS}", f"--duration={load.SECONDS}", "--warm-up-time=1"),
        *(f"--max-concurrent-streams={load.IN_FLIGHT // _CONNECTIONS}", *options, *who),
        f"https://{address}{path}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    rate, answered = _RATE.search(done.stdout), _DONE.search(done.stdout)
    told = int(answered[1]) if answered else 0
    if not rate or not 0 < told <= _answered(scene) - before:
        raise RuntimeError(f"h2load: {done.stdout[-500:]}{done.stderr[-500:]}")
    return float(rate[1])


def _answered(scene):
    """How often events has given a session."""
    return sum(map(float, _ANSWERED.findall(scene.metrics("events"))))
