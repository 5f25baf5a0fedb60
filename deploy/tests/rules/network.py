"""Services, and who may reach whom."""

import ipaddress

from deploy.tests import reach
from deploy.tests.rules import rule
from deploy.tests.suite import Suite, seconds, selects

_NAME = "kubernetes.io/metadata.name"
_DNS = {"namespaceSelector": {"matchLabels": {_NAME: "kube-system"}}} | {
    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}
}
_OPERATOR = {"namespaceSelector": {"matchLabels": {_NAME: "cnpg-system"}}} | {
    "podSelector": {"matchLabels": {"app.kubernetes.io/name": "cloudnative-pg"}}
}
_PROMETHEUS = {"namespaceSelector": {"matchLabels": {_NAME: "monitoring"}}} | {
    "podSelector": {"matchLabels": {"app.kubernetes.io/name": "prometheus"}}
}
# What the component monitoring brings; where one is, all have to be.
_MONITORING = ("PrometheusRule", "ServiceMonitor", "PodMonitor")
_METADATA = "169.254.169.254/32"  # where clouds tell a node's secrets
_METRICS = {9464, 8081, 9187, "metrics", "status"}


@rule
def clients_balance_over_pods(suite):
    """A headless Service each, targets by DNS, and connections that end: so new pods get calls."""
    for pod in suite.pods("service"):
        service = suite.find("Service", pod.app)
        if service is None or service["spec"].get("clusterIP") != "None":
            yield f"{pod.name}: has no headless Service"
        told = suite.environment(pod)
        for other in suite.pods("service"):
            target = told.get(f"SCHARNIER_{other.app.upper()}")
            if target not in (None, f"dns:///{other.app}:50051"):
                yield f"{pod.name}: calls {other.app} at {target}"
        if not 10 <= seconds(told.get("SCHARNIER_CONNECTION_AGE", "0s")) <= 600:
            yield f"{pod.name}: connections live too long for new pods, or too short for any"


@rule
def services_lead_to_ports(suite):
    """By the names of ports that pods have, to pods that are there, and say what is spoken."""
    for service in suite.of("Service"):
        name = service["metadata"]["name"]
        pods = [each for each in suite.pods() if selects_pod(service, each)]
        if len(pods) != 1:
            yield f"Service {name}: leads to {len(pods)} Deployments or Jobs"
            continue
        there = {each["name"] for each in pods[0].container.get("ports", [])}
        for port in service["spec"]["ports"]:
            if port.get("targetPort") not in there:
                yield f"Service {name}: no pod has port {port.get('targetPort')}"
            if port.get("appProtocol") not in ("http", "https"):
                yield f"Service {name}: port {port.get('name')} does not say what is spoken"


def selects_pod(service, pod):
    """Whether a Service leads to a pod."""
    return selects({"matchLabels": service["spec"]["selector"]}, pod.labels)


@rule
def callers_keep_their_addresses(suite):
    """On the way in from beyond the cluster: who sends no token is limited by it."""
    for service in suite.of("Service"):
        spec = service["spec"]
        local = spec.get("externalTrafficPolicy") == "Local"
        if spec.get("type", "ClusterIP") != "ClusterIP" and not local:
            yield f"Service {service['metadata']['name']}: callers come by the address of a node"


@rule
def nothing_is_open_by_default(suite):
    """In or out; and all may resolve names, at the cluster's own servers and a node's cache."""
    closed, dns = suite.find("NetworkPolicy", "default-deny"), suite.find("NetworkPolicy", "dns")
    if closed is None or closed["spec"] != {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }:
        yield "there is no policy default-deny for all pods, in and out"
    ports = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    caches = [peer for name, peer in reach.peers(suite) if name == "dns" and _is_cache(peer)]
    if dns is None or dns["spec"] != {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [{"to": [_DNS, *caches], "ports": ports}],
    }:
        yield "policy dns does not let all pods to kube-dns and caches alone"


def _is_cache(peer):
    """One address of a node's own, which an overlay may add (docs/operations.md)."""
    if set(peer) != {"ipBlock"} or set(peer["ipBlock"]) != {"cidr"}:
        return False
    network = ipaddress.ip_network(peer["ipBlock"]["cidr"], strict=False)
    return network.num_addresses == 1 and network.is_link_local and str(network) != _METADATA


@rule
def edges_are_the_real_ones(suite):
    """Open is what pods are told to call, on both sides, and nothing else."""
    needed = reach.needed_edges(suite)
    out, into = reach.open_edges(suite)
    for edge in sorted(needed - (out & into)):
        yield f"{edge} is needed and closed"
    into = {edge for edge in into if edge[1:] != ("gateway gateway", 8443)}  # judged below
    for edge in sorted((out | into) - needed):
        yield f"{edge} is open and nobody needs it"


@rule
def ways_out_are_the_real_ones(suite):
    """To the issuer, the relay, the Kubernetes API, backups, a database elsewhere: by address. And
    everybody may come to the gateway, and to nobody else."""
    services = {f"{each.app} service" for each in suite.pods("service")}
    migrations = {f"{each.app} migration" for each in suite.pods("migration")}
    databases = {f"{each['metadata']['name']} database" for each in suite.clusters()}
    allowed = {(name, 443) for name in services | databases | {"gateway gateway"}}
    allowed |= {("notifications service", 587)} | {(name, 6443) for name in databases}
    if not databases:
        allowed |= {(name, 5432) for name in services | migrations}
    dns = suite.find("NetworkPolicy", "dns")  # judged by itself
    outward, inward = reach.outside(Suite([each for each in suite.documents if each is not dns]))
    for name, port, cidr in sorted(outward, key=str):
        if (name, port) not in allowed or cidr in ("0.0.0.0/0", "::/0", "everywhere"):
            yield f"{name} may go to {cidr}, port {port}"
    for edge in sorted(allowed - {(name, port) for name, port, _ in outward}):
        if edge[1] != 443 or edge[0] not in databases:
            yield f"{edge} beyond the namespace is needed and closed"
    for edge in sorted(inward ^ {("gateway gateway", "https")}):
        yield f"{edge} is open to everybody, or the gateway is not"


@rule
def policies_open_ports_that_there_are(suite):
    """One TCP port after the other, of the pods that are meant; beyond them, of few addresses."""
    ends = reach.endpoints(suite)
    for policy in suite.of("NetworkPolicy"):
        name, spec = policy["metadata"]["name"], policy["spec"]
        if name == "dns":  # judged by itself
            continue
        for side, direction in (("from", "ingress"), ("to", "egress")):
            for each in spec.get(direction, []):
                for port in each.get("ports", [{}]):
                    if set(port) != {"protocol", "port"} or port["protocol"] != "TCP":
                        yield f"NetworkPolicy {name}: {port} is not one port of TCP"
                peers = [{"podSelector": spec["podSelector"]}] if side == "from" else each.get(side)
                meant = reach.ports_of(ends, peers or [])
                for port in each.get("ports", []):
                    if meant and port.get("port") not in meant:
                        yield f"NetworkPolicy {name}: nobody has port {port.get('port')}"
                for peer in each.get(side, []):
                    block = peer.get("ipBlock")
                    if block and (set(block) != {"cidr"} or not _is_small(block["cidr"])):
                        yield f"NetworkPolicy {name}: {block} is more than one network"


def _is_small(cidr):
    return ipaddress.ip_network(cidr).num_addresses <= 256


@rule
def peers_elsewhere_are_pods(suite):
    """Of a namespace and by their labels: the two in one peer, since two peers are an or."""
    known = (_DNS, _OPERATOR, _PROMETHEUS)
    for policy, peer in reach.peers(suite):
        if "namespaceSelector" in peer and peer not in known:
            yield f"NetworkPolicy {policy}: nobody knows {peer}"
        if peer.get("podSelector") == {}:
            yield f"NetworkPolicy {policy}: means every pod"
    for policy in suite.of("NetworkPolicy"):
        name, spec = policy["metadata"]["name"], policy["spec"]
        for direction in {"ingress", "egress"} & set(spec):
            if direction.capitalize() not in spec["policyTypes"]:
                yield f"NetworkPolicy {name}: its {direction} means nothing"
        for each in spec.get("egress", []):
            if name != "dns" and any("namespaceSelector" in peer for peer in each.get("to", [])):
                yield f"NetworkPolicy {name}: nobody has to go to another namespace"
        for each in spec.get("ingress", []):
            for peer, ports in ((_PROMETHEUS, _METRICS), (_OPERATOR, {8000, 5432})):
                opened = {port.get("port") for port in each.get("ports", [{}])}
                if peer in each.get("from", []) and not opened <= ports:
                    yield f"NetworkPolicy {name}: lets those who look after us in everywhere"


@rule
def who_looks_after_us_gets_in(suite):
    """Prometheus to the metrics of all, the operator to its databases."""
    for end in reach.endpoints(suite):
        ports = {"gateway gateway": 8081}.get(end.name, 9464)
        if "database" in end.name:
            for port in (8000, 5432):
                if not _lets_in(suite, end, _OPERATOR, port):
                    yield f"{end.name}: the operator cannot reach port {port}"
            ports = 9187
        elif "migration" in end.name:
            continue
        if suite.of(*_MONITORING) and not _lets_in(suite, end, _PROMETHEUS, ports):
            yield f"{end.name}: Prometheus cannot reach port {ports}"


@rule
def everybody_is_monitored(suite):
    """Where anybody is: alerts say nothing of metrics for which nobody asks."""
    if not suite.of(*_MONITORING):
        return
    if not suite.of("PrometheusRule"):
        yield "there are monitors and no alerts"
    for end in reach.endpoints(suite):
        asked = any(_asks(suite, each, end) for each in suite.of(*_MONITORING))
        if not asked and "migration" not in end.name:
            yield f"{end.name}: no monitor asks for its metrics"


def _asks(suite, monitor, end):
    """Whether it finds these pods, by themselves or by a Service, and asks them at all."""
    spec = monitor["spec"]
    if monitor["kind"] == "PodMonitor":
        return spec["podMetricsEndpoints"] and selects(spec["selector"], dict(end.labels))
    return monitor["kind"] == "ServiceMonitor" and any(
        spec["endpoints"]
        and selects(spec["selector"], each["metadata"]["labels"])
        and selects({"matchLabels": each["spec"]["selector"]}, dict(end.labels))
        for each in suite.of("Service")
    )


@rule
def monitors_find_something(suite):
    """By labels and names of ports that are there."""
    for monitor in suite.of("ServiceMonitor"):
        selector = monitor["spec"]["selector"]
        found = [
            each for each in suite.of("Service") if selects(selector, each["metadata"]["labels"])
        ]
        if {each["metadata"]["name"] for each in found} != {
            pod.app for pod in suite.pods("service")
        }:
            yield f"ServiceMonitor {monitor['metadata']['name']}: does not find all services"
        for endpoint in monitor["spec"]["endpoints"]:
            for each in found:
                if endpoint["port"] not in {port["name"] for port in each["spec"]["ports"]}:
                    yield f"Service {each['metadata']['name']}: has no port {endpoint['port']}"
    for monitor in suite.of("PodMonitor"):
        name, spec = monitor["metadata"]["name"], monitor["spec"]
        ends = [
            each for each in reach.endpoints(suite) if selects(spec["selector"], dict(each.labels))
        ]
        if not ends and (name != "postgres" or suite.clusters()):
            yield f"PodMonitor {name}: finds nobody"
        for endpoint in spec["podMetricsEndpoints"]:
            for end in ends:
                if endpoint["port"] not in dict(end.ports):
                    yield f"{end.name}: has no port {endpoint['port']}"


def _lets_in(suite, end, peer, port):
    for policy in suite.of("NetworkPolicy"):
        if selects(policy["spec"]["podSelector"], dict(end.labels)):
            for each in policy["spec"].get("ingress", []):
                ports = [item["port"] for item in each.get("ports", [])]
                if peer in each.get("from", []) and port in ports:
                    return True
    return False
