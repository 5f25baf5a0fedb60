"""What `./dev deploy` makes of manifests: arguments of podman, files of volumes, rules of nftables,
answers of probes. Nothing runs here."""

import copy
import shutil

import pytest
import yaml

from deploy.local.cluster import addresses, edges, held, manifests, network, pods, probes
from deploy.tests import rendering
from deploy.tests.suite import Suite

_POD = {
    "securityContext": {"runAsUser": 65532, "runAsGroup": 65532},
    "containers": [
        {
            "image": "localhost/a:1",
            "args": ["events", "serve"],
            "securityContext": {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            },
            "resources": {"limits": {"memory": "512Mi"}},
            "volumeMounts": [{"name": "tls", "mountPath": "/etc/tls", "readOnly": True}],
        }
    ],
}


def _arguments(change=lambda container: None, **options):
    pod = copy.deepcopy(_POD)
    (container,) = pod["containers"]
    change(container)
    options = {"address": "10.0.0.9", "environment": {"A": "b"}, "folder": "/v"} | options
    return pods.run_arguments("one", pod, container, **options)


@pytest.mark.parametrize(
    "argument",
    [
        "--name=one",
        "--ip=10.0.0.9",
        "--user=65532:65532",
        "--read-only",
        "--read-only-tmpfs=false",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--memory=536870912",
        "--env=A=b",
        "--volume=/v/tls:/etc/tls:ro",
        f"--dns={addresses.NAMES}",
    ],
)
def test_pods_are_held_as_manifests_say(argument):
    assert argument in _arguments()


def test_arguments_follow_the_image():
    assert _arguments()[-3:] == ["localhost/a:1", "events", "serve"]


def test_a_command_takes_the_entrypoint():
    made = _arguments(lambda each: each.update(command=["envoy", "-c"], args=["x"]))
    assert "--entrypoint=envoy" in made
    assert made[-3:] == ["localhost/a:1", "-c", "x"]


def test_a_container_beside_has_no_network_of_its_own():
    made = _arguments(beside="first")
    assert "--network=container:first" in made
    assert not [each for each in made if each.startswith(("--ip", "--dns"))]


@pytest.mark.parametrize(
    "field, gone",
    [
        ("readOnlyRootFilesystem", "--read-only"),
        ("allowPrivilegeEscalation", "--security-opt=no-new-privileges"),
        ("capabilities", "--cap-drop=ALL"),
    ],
)
def test_what_a_manifest_does_not_hold_is_not_held(field, gone):
    """Otherwise a pod would run here that a cluster refuses, or the other way round."""
    assert gone not in _arguments(lambda each: each["securityContext"].pop(field))


@pytest.mark.parametrize("text, number", [("512Mi", 536870912), ("1Gi", 1 << 30), ("7", 7)])
def test_quantities(text, number):
    assert pods.in_bytes(text) == number


_DATA = {("Secret", "s"): {"a": b"1", "b": b"2"}, ("ConfigMap", "c"): {"x": b"3"}}


@pytest.mark.parametrize(
    "volume, files",
    [
        ({"secret": {"secretName": "s"}}, [("a", b"1", 0o644), ("b", b"2", 0o644)]),
        (
            {
                "secret": {
                    "secretName": "s",
                    "defaultMode": 0o440,
                    "items": [{"key": "b", "path": "p"}],
                }
            },
            [("p", b"2", 0o440)],
        ),
        ({"configMap": {"name": "c"}}, [("x", b"3", 0o644)]),
        (
            {
                "projected": {
                    "defaultMode": 0o440,
                    "sources": [
                        {"secret": {"name": "s", "items": [{"key": "a", "path": "q"}]}},
                        {"configMap": {"name": "c"}},
                    ],
                }
            },
            [("q", b"1", 0o440), ("x", b"3", 0o440)],
        ),
    ],
)
def test_volumes(volume, files):
    assert pods.volume_files(volume, lambda *which: _DATA[which]) == files


@pytest.mark.parametrize(
    "answers, passing",
    [
        ([], False),
        ([True], True),
        ([True, False], True),
        ([True, False, False], False),
        ([True, False, True, False], True),
        ([True, False, False, True], True),
    ],
)
def test_readiness_goes_after_so_many_bad_answers(answers, passing):
    gauge = probes.Gauge({"failureThreshold": 2}, passing=False)
    for each in answers:
        gauge.take(each)
    assert gauge.passing is passing


def test_a_startup_probe_fails_although_it_never_passed():
    gauge = probes.Gauge({"failureThreshold": 3}, passing=False)
    assert [gauge.take(False) for _ in range(3)] == [False, False, True]


_STATUS = """Name:	events
Uid:	65532	65532	65532	65532
Gid:	65532	65532	65532	65532
CapEff:	0000000000000000
CapBnd:	0000000000000000
NoNewPrivs:	1
Seccomp:	2
"""
_MOUNTS = "1 0 0:5 / / ro,relatime - overlay overlay rw\n2 1 0:6 / /tmp rw - tmpfs tmpfs rw\n"


@pytest.mark.parametrize(
    "old, new, fault",
    [
        ("", "", []),
        ("Uid:\t65532", "Uid:\t0", ["Uid is 0 65532 65532 65532"]),
        ("CapBnd:\t0", "CapBnd:\t1", ["CapBnd is 1000000000000000"]),
        ("NoNewPrivs:\t1", "NoNewPrivs:\t0", ["NoNewPrivs is 0"]),
        ("Seccomp:\t2", "Seccomp:\t0", ["Seccomp is 0"]),
        (" / / ro", " / / rw", ["its root can be written"]),
    ],
)
def test_what_is_not_held_is_told(old, new, fault):
    assert held.faults(_STATUS.replace(old, new), _MOUNTS.replace(old, new)) == fault


# Policies.

_A, _B, _C = ("10.0.0.1", "10.0.0.2", "10.0.0.3")
_ENDPOINTS = [
    network.Endpoint(_A, {"app": "a"}, {}, {"grpc": 50051}),
    network.Endpoint(_B, {"app": "b"}, {}, {"grpc": 50052}),
    network.Endpoint(_C, {"k8s-app": "kube-dns"}, {"kubernetes.io/metadata.name": "kube-system"}),
]


def _policy(types, selector=None, **rules):
    return {"spec": {"podSelector": selector or {}, "policyTypes": types, **rules}}


def _chain(text, name):
    """The rules of a chain; None where there is none."""
    _, found, rest = text.partition(f"chain {name} {{\n")
    return [each.strip(" ;") for each in rest.partition("  }\n")[0].splitlines()] if found else None


_REFUSED = ["meta l4proto tcp reject with tcp reset", "reject with icmpx type admin-prohibited"]
_TO_B = {"matchLabels": {"app": "b"}}


@pytest.mark.parametrize(
    "policy, chain, rules",
    [
        (_policy(["Egress"]), "out_10_0_0_1", []),
        (
            _policy(
                ["Egress"],
                egress=[{"to": [{"podSelector": _TO_B}], "ports": [{"port": 50051}]}],
            ),
            "out_10_0_0_1",
            ["ip daddr { 10.0.0.2 } tcp dport 50051 return"],
        ),
        # A name is a port of who is called: on the way out b's, on the way in one's own.
        (
            _policy(
                ["Egress"], egress=[{"to": [{"podSelector": _TO_B}], "ports": [{"port": "grpc"}]}]
            ),
            "out_10_0_0_1",
            ["ip daddr { 10.0.0.2 } tcp dport 50052 return"],
        ),
        (
            _policy(
                ["Ingress"],
                ingress=[{"from": [{"podSelector": _TO_B}], "ports": [{"port": "grpc"}]}],
            ),
            "in_10_0_0_1",
            ["ip saddr { 10.0.0.2 } tcp dport 50051 return"],
        ),
        (
            _policy(["Ingress"], ingress=[{"ports": [{"port": "grpc"}]}]),
            "in_10_0_0_1",
            ["tcp dport 50051 return"],
        ),
        (
            _policy(
                ["Egress"],
                egress=[
                    {
                        "to": [
                            {
                                "namespaceSelector": {
                                    "matchLabels": {"kubernetes.io/metadata.name": "kube-system"}
                                },
                                "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                            }
                        ],
                        "ports": [{"protocol": "UDP", "port": 53}],
                    }
                ],
            ),
            "out_10_0_0_1",
            ["ip daddr { 10.0.0.3 } udp dport 53 return"],
        ),
        # Pods of this namespace alone.
        (
            _policy(
                ["Egress"],
                egress=[{"to": [{"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}]}],
            ),
            "out_10_0_0_1",
            [],
        ),
        (
            _policy(["Egress"], egress=[{"to": [{"ipBlock": {"cidr": "10.1.0.0/16"}}]}]),
            "out_10_0_0_1",
            ["ip daddr { 10.1.0.0/16 } return"],
        ),
    ],
)
def test_policies(policy, chain, rules):
    text = network.ruleset([policy], _ENDPOINTS, None)
    assert _chain(text, chain) == [*rules, *_REFUSED]


def test_who_is_not_selected_is_not_isolated():
    text = network.ruleset([_policy(["Egress"], _TO_B)], _ENDPOINTS, None)
    assert _chain(text, "out_10_0_0_1") is None
    assert _chain(text, "out_10_0_0_2") == _REFUSED


def test_the_balancer_takes_turns():
    text = network.ruleset([], _ENDPOINTS, ([_A, _B], 443, 8443))
    assert f"ip daddr {addresses.BALANCER} tcp dport 443 dnat ip to numgen inc mod 2" in text
    assert "{ 0 : 10.0.0.1, 1 : 10.0.0.2 } : 8443" in text


# The overlay.


def _overlay():
    return Suite(rendering.documents(rendering.ROOT / "deploy/local/cluster/overlay"))


def test_the_overlay_and_the_network_have_the_same_addresses():
    site = rendering.ROOT / "deploy/local/cluster/overlay/site.yaml"
    told = yaml.safe_load(site.read_text())["data"]
    assert told["issuer-cidr"] == told["relay-cidr"] == f"{addresses.HOST}/32"
    assert told["postgres-cidr"] == f"{addresses.POSTGRES}/32"


def test_what_a_run_adds_renders():
    """Teams have grants, and the gateway lets one program play everybody."""
    folder = rendering.ROOT / "build/test/deploy-overlay"
    shutil.rmtree(folder, ignore_errors=True)
    suite = Suite(manifests.render(folder))
    assert "reporting" in suite.find("ConfigMap", "grants")["data"]["grants.json"]
    (gateway,) = [
        each for each in suite.of("ConfigMap") if each["metadata"]["name"].startswith("gateway-")
    ]
    assert "max_tokens: 20000" in gateway["data"]["envoy.yaml"]


@pytest.mark.parametrize(
    "edge, is_open",
    [
        (("events service", "organisations service", 50051), True),
        (("events service", "organisations service", 9464), False),
        (("organisations service", "events service", 50051), False),
        (("gateway gateway", "events service", 50052), True),
        (("gateway gateway", "database", 5432), False),
        (("events migration", "database", 5432), True),
        (("events migration", "issuer", 443), False),
        (("notifications service", "relay", 587), True),
        (("events service", "relay", 587), False),
        (("events service", "foreign", 443), False),
        (("events service", "names", 53), True),
    ],
)
def test_which_edges_are_tried(edge, is_open):
    assert (edge in edges.expected(_overlay())) is is_open
