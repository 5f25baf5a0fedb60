"""What goes on in a cluster's life: new releases, a database that is away, one more replica."""

import re
import time
import urllib.request

from deploy.local.cluster.load import Load
from deploy.local.processes import LocalError
from deploy.tests.suite import seconds

_LOOKS_AGAIN_AFTER = 0.2
# A call from another service, not through the gateway.
_FOLLOWED = re.compile(
    r'^grpc_server_started_total{[^}]*grpc_service="scharnier\.organisations\.v1\.ChangeService"'
    r"[^}]*} ([0-9.e+]+)$",
    re.MULTILINE,
)
ENOUGH = 100  # calls, for a load: all kinds of them, by every caller
_KILLED = 128 + 9  # by SIGKILL
_JITTER = 1.1  # gRPC varies the age of connections by a tenth


def roll(cluster):
    """Every Deployment is replaced pod by pod, under load."""
    lines = []
    for document in cluster.suite.of("Deployment"):
        name = document["metadata"]["name"]
        with Load(cluster) as load:
            codes = cluster.roll(name)
        if not load.calls or load.failures or any(codes):
            raise LocalError(
                f"Replacing {name}: {load.told()}; pods ended with {codes}: {dict(load.failures)}"
            )
        lines.append(f"Replacing {name} pod by pod: {load.told()}.")
    return "\n".join(lines)


def run_out_of_memory(cluster):
    """A pod of each service that takes more memory than its limit is killed for it, and started
    again, under load."""
    lines = []
    for document in cluster.suite.pods("service"):
        name = document.app
        pods = cluster.pods(name)
        restarts = [each.restarts for each in pods]
        restarts[0] += 1
        with Load(cluster) as load:
            wait(lambda: load.calls >= ENOUGH, 60, "Nobody gets through")
            pods[0].fill_memory()
            wait(lambda: pods[0].restarts >= restarts[0], 60, f"{pods[0].name} is not killed")
            pods[0].wait_ready(60)
        if [each.restarts for each in pods] != restarts or pods[0].ended_with != _KILLED:
            raise LocalError(
                f"{pods[0].name} ended with {pods[0].ended_with} and not {_KILLED}, "
                f"or others of {name} have ended as well."
            )
        if load.failures:
            raise LocalError(f"Killing {pods[0].name}: {load.told()}: {dict(load.failures)}")
        lines.append(f"{pods[0].name} took more memory than it may, and was killed: {load.told()}.")
    return "\n".join(lines)


def lose_database(cluster):
    """PostgreSQL is away for longer than a liveness probe would bear, and comes back."""
    pods = [
        each
        for document in cluster.suite.pods("service")
        for each in cluster.pods(document.document["metadata"]["name"])
    ]
    restarts = [each.restarts for each in pods]
    cluster.database.stop()
    try:
        wait(lambda: not any(each.ready for each in pods), 60, "Pods stay ready without database")
        asked = [each.asked["liveness"] for each in pods]
        enough = pods[0].spec["containers"][0]["livenessProbe"]["failureThreshold"] + 1
        wait(
            lambda: all(
                each.asked["liveness"] >= before + enough
                for each, before in zip(pods, asked, strict=True)
            ),
            120,
            "Nobody asks whether pods are alive",
        )
        if any(each.ready or not each.alive for each in pods):
            raise LocalError("Without a database pods have to be alive and not ready.")
    finally:
        cluster.database.start()
    cluster.wait_ready()
    if restarts != [each.restarts for each in pods]:
        raise LocalError("Pods were started again because the database was away.")
    return (
        f"PostgreSQL stopped: all {len(pods)} pods of services were not ready, all alive through "
        f"{enough} probes, none was started again; ready again with it."
    )


def add_replica(cluster):
    """One more pod of organisations is called by the other services before their connections are
    older than they may get."""
    document = cluster.deployment("organisations")
    age = seconds(cluster.environment(document["spec"]["template"]["spec"]["containers"][0])[
        "SCHARNIER_CONNECTION_AGE"
    ])
    pod = cluster.add(document)
    try:
        pod.wait_ready(60)
        begun = time.monotonic()
        wait(lambda: _followed(pod) > 0, age * _JITTER, "A new replica gets no calls of services")
        took = time.monotonic() - begun
    finally:
        cluster.end(pod)
    return f"A new replica of organisations was called by other services after {took:.0f} s."


def migrate_again(cluster):
    """Two Jobs at once run each migration once more, on what is in use."""
    cluster.migrate()
    return "Every migration ran by two Jobs at once: on an empty database, and on one in use."


def _followed(pod):
    """How many calls to follow its feed a pod has got."""
    url = f"http://{pod.address}:{pod.ports['metrics']}/metrics"
    with urllib.request.urlopen(url, timeout=5) as answer:
        return sum(map(float, _FOLLOWED.findall(answer.read().decode())))


def wait(condition, patience, problem):
    """Returns when it holds; LocalError with the problem where it does not in so many seconds."""
    end = time.monotonic() + patience
    while not condition():
        if time.monotonic() > end:
            raise LocalError(f"{problem}: waited {patience:.0f} s.")
        time.sleep(_LOOKS_AGAIN_AFTER)
