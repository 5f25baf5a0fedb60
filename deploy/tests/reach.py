"""Who may reach whom, as NetworkPolicies say; and who has to, as pods are told."""

import dataclasses

from deploy.tests.suite import selects

_API, _HEALTH, _POSTGRES, _STATUS = 50051, 50052, 5432, 8000


@dataclasses.dataclass(frozen=True)
class Endpoint:
    """Pods of one kind: "events service", "events-postgres database"."""

    name: str
    labels: tuple
    ports: tuple  # of (name, number)


def endpoints(suite):
    """All pods of the namespace, once a kind."""
    found = []
    for pod in suite.pods():
        ports = [(each["name"], each["containerPort"]) for each in pod.container.get("ports", [])]
        labels = tuple(pod.labels.items())
        found.append(Endpoint(f"{pod.app} {pod.component}", labels, tuple(ports)))
    for cluster in suite.clusters():
        name = cluster["metadata"]["name"]
        labels = (("cnpg.io/cluster", name), ("cnpg.io/podRole", "instance"))
        ports = (("postgresql", _POSTGRES), ("status", _STATUS), ("metrics", 9187))
        found.append(Endpoint(f"{name} database", labels, ports))
    return found


def open_edges(suite):
    """What policies let through within the namespace: (who may call, who lets in), as sets of
    (from, to, port). An edge is open where it is in both."""
    ends = endpoints(suite)
    out, into = set(), set()
    for source in ends:
        for target in ends:
            for name, number in target.ports:
                edge = (source.name, target.name, number)
                if _allowed(suite, source, "egress", target, (name, number)):
                    out.add(edge)
                if _allowed(suite, target, "ingress", source, (name, number)):
                    into.add(edge)
    return out, into


def needed_edges(suite):
    """What pods are told to call: addresses in their settings, and what stands behind a gateway."""
    needed = set()
    for pod in suite.pods("service", "migration"):
        told = suite.environment(pod)
        for value in told.values():
            if value.startswith("dns:///"):
                host, _, port = value.removeprefix("dns:///").partition(":")
                needed.add((f"{pod.app} service", f"{host} service", int(port)))
        database = told["PGHOST"].removesuffix("-rw")
        if suite.find("Cluster", database):
            needed.add((f"{pod.app} {pod.component}", f"{database} database", _POSTGRES))
    for pod in suite.pods("service"):
        needed |= {("gateway gateway", f"{pod.app} service", port) for port in (_API, _HEALTH)}
    for cluster in suite.clusters():
        name = f"{cluster['metadata']['name']} database"
        needed |= {(name, name, port) for port in (_POSTGRES, _STATUS)}
    return needed


def outside(suite):
    """What may be reached beyond the namespace by address: (from, port, cidr); and from where
    everybody may come: (to, port)."""
    out, into = set(), set()
    for end in endpoints(suite):
        for each in _rules(suite, end, "egress"):
            for peer in each.get("to", [{}]):
                if "ipBlock" in peer or not peer:
                    cidr = peer.get("ipBlock", {"cidr": "everywhere"})["cidr"]
                    ports = each.get("ports", [{"port": "every port"}])
                    out |= {(end.name, port["port"], cidr) for port in ports}
        for each in _rules(suite, end, "ingress"):
            if not each.get("from") or any("ipBlock" in peer for peer in each["from"]):
                ports = each.get("ports", [{"port": "every port"}])
                into |= {(end.name, port["port"]) for port in ports}
    return out, into


def peers(suite):
    """All peers of all policies, as (policy, peer)."""
    for policy in suite.of("NetworkPolicy"):
        spec = policy["spec"]
        for each in [*spec.get("egress", []), *spec.get("ingress", [])]:
            for peer in [*each.get("to", []), *each.get("from", [])]:
                yield policy["metadata"]["name"], peer


def ports_of(ends, peers):
    """Names and numbers of all ports of the pods of this namespace that peers mean."""
    ours = [each for each in peers if "namespaceSelector" not in each]
    meant = [end for end in ends if any(_is_peer(peer, dict(end.labels)) for peer in ours)]
    return {known for end in meant for port in end.ports for known in port}


def _rules(suite, end, direction):
    """Those of all policies for these pods."""
    labels = dict(end.labels)
    return [
        each
        for policy in suite.of("NetworkPolicy")
        if selects(policy["spec"]["podSelector"], labels)
        for each in policy["spec"].get(direction, [])
    ]


def _allowed(suite, end, direction, other, port):
    labels = dict(end.labels)
    isolated = any(
        direction.capitalize() in policy["spec"]["policyTypes"]
        for policy in suite.of("NetworkPolicy")
        if selects(policy["spec"]["podSelector"], labels)
    )
    if not isolated:
        return True
    for each in _rules(suite, end, direction):
        ports = each.get("ports")
        if ports and not any(p.get("protocol") == "TCP" and p["port"] in port for p in ports):
            continue
        named = each.get("to" if direction == "egress" else "from")
        if not named or any(_is_peer(peer, dict(other.labels)) for peer in named):
            return True
    return False


def _is_peer(peer, labels):
    """Whether pods of the same namespace are meant."""
    return (
        "podSelector" in peer
        and "namespaceSelector" not in peer
        and selects(peer["podSelector"], labels)
    )
