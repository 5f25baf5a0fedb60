"""Every pod tries every port of every other and of what stands around: what policies let through is
open, and nothing else."""

import concurrent.futures
import copy
import json
import subprocess
import sys

from deploy.local.cluster.addresses import HOST, NAMES, POSTGRES
from deploy.local.processes import LocalError
from deploy.local.stack import ROOT
from deploy.tests import reach
from deploy.tests.suite import Suite

_FOREIGN = ("198.51.100.1", 443)  # of a network for examples: nobody's
_DNS, _ISSUER, _RELAY, _DATABASE = (NAMES, 53), (HOST, 443), (HOST, 587), (POSTGRES, 5432)


def check(cluster):
    """The line that tells of it; LocalError where an edge is not as it should be."""
    sources = [*cluster.pods(), *(cluster.add(_asleep(each)) for each in cluster.suite.of("Job"))]
    try:
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            found = list(threads.map(lambda pod: _dial(pod, targets(pod, sources)), sources))
    finally:
        for each in sources:
            if each.document["kind"] == "Job":
                cluster.remove(each)
    wanted = expected(cluster.suite)
    wrong, counted = [], {"open": 0, "closed": 0}
    for pod, answers in zip(sources, found, strict=True):
        for (kind, host, port), answer in answers:
            should = "open" if (_kind(pod), kind, port) in wanted else "closed"
            if answer == should:
                counted[answer] += 1
            else:
                wrong.append(f"{pod.name} to {kind} ({host}:{port}) is {answer}, not {should}")
    if wrong:
        raise LocalError("\n  ".join([f"{len(wrong)} edges are not as policies say:", *wrong[:20]]))
    return f"{counted['open']} edges are open and {counted['closed']} closed, as policies say."


def expected(suite):
    """What has to be open: (from, to, port), kinds of pods and of what stands around."""
    # Containers beside the first share its network.
    suite = Suite(copy.deepcopy(suite.documents))
    for each in suite.of("Deployment"):
        del each["spec"]["template"]["spec"]["containers"][1:]
    out, into = reach.open_edges(suite)
    around = {(host, port): name for name, host, port in _around()}
    for kind, port, cidr in reach.outside(suite)[0]:
        name = around.get((cidr.removesuffix("/32"), port))
        if name:
            out.add((kind, name, port))
            into.add((kind, name, port))
    names = {(end.name, "names", _DNS[1]) for end in reach.endpoints(suite)}
    return (out & into) | names


def targets(pod, others):
    """What a pod tries: (kind, host, port)."""
    for each in others:
        if each is not pod and each.document["kind"] != "Job":
            for port in each.ports.values():
                yield _kind(each), each.address, port
    yield from _around()


def _around():
    yield "names", *_DNS
    yield "issuer", *_ISSUER
    yield "relay", *_RELAY
    yield "database", *_DATABASE
    yield "foreign", *_FOREIGN


def _kind(pod):
    return f"{pod.labels['app.kubernetes.io/name']} {pod.labels['app.kubernetes.io/component']}"


def _asleep(job):
    """The same pod, which only stays."""
    document = copy.deepcopy(job)
    (container,) = document["spec"]["template"]["spec"]["containers"]
    container |= {"command": ["sleep", "600"], "args": []}
    return document


def _dial(pod, tried):
    tried = list(tried)
    enter = ["nsenter", f"--target={pod.pid()}", "--net"]
    done = subprocess.run(
        [*enter, sys.executable, "-m", "deploy.local.cluster.dial"],
        input=json.dumps([[host, port] for _, host, port in tried]),
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise LocalError(f"Nobody can dial from {pod.name}: {done.stderr.strip()}")
    return list(zip(tried, json.loads(done.stdout), strict=True))
