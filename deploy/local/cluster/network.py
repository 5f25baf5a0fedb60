"""NetworkPolicies as a ruleset of nftables. Pure.

Pods that a policy selects are isolated in the directions that it names; what one lets through has
to be let through by the other's as well. A refusal is told at once, so that who asks need not wait
to know it from an answer that is late; in TCP by a reset, since ICMP is limited to a few a second.
"""

from dataclasses import dataclass, field

from deploy.local.cluster.addresses import BALANCER
from deploy.tests.suite import selects

TABLE = "scharnier_deploy"
# The balancer's: how many connections one address may have. Envoy itself counts them all together.
CONNECTIONS_PER_SOURCE = 200
_REFUSE = ["meta l4proto tcp reject with tcp reset", "reject with icmpx type admin-prohibited"]


@dataclass(frozen=True)
class Endpoint:
    """Something with an address that policies may mean."""

    address: str
    labels: dict
    namespace: dict = field(default_factory=dict)  # its labels
    ports: dict = field(default_factory=dict)  # numbers, by name


def ruleset(policies, endpoints, balanced):
    """What `nft -f` replaces the table with, at once.

    policies   NetworkPolicies, all of one namespace
    endpoints  everything that is there; those without labels of a namespace are of that one
    balanced   who answers for the balancer's address: (addresses, port from, port to), or None
    """
    chains, ways_out, ways_in = [], [], []
    for each in endpoints:
        if each.namespace:
            continue
        suffix = each.address.replace(".", "_")
        for direction, name, ways in (("Egress", "out", ways_out), ("Ingress", "in", ways_in)):
            rules = _rules(policies, each, direction, endpoints)
            if rules is not None:
                chain = f"{name}_{suffix}"
                chains.append(_chain(chain, [*rules, *_REFUSE]))
                ways.append(f"{each.address} : jump {chain}")
    known = "ct state established,related accept"
    going = f"ip saddr vmap {{ {', '.join(ways_out)} }}" if ways_out else ""
    coming = f"ip daddr vmap {{ {', '.join(ways_in)} }}" if ways_in else ""
    lines = [
        *chains,
        _chain("forward", ["type filter hook forward priority 0", known, going, coming]),
        # This machine is beyond every pod's namespace, and may come in as the kubelet does.
        _chain("input", ["type filter hook input priority 0", known, going]),
    ]
    if balanced and balanced[0]:
        addresses, port, target = balanced
        among = ", ".join(f"{n} : {each}" for n, each in enumerate(addresses))
        lines.append("  set sources { type ipv4_addr; size 65535; flags dynamic; }\n")
        lines.append(
            _chain(
                "sources",
                [
                    "type filter hook output priority -150",  # before it is known which gateway
                    f"ip daddr {BALANCER} ct state new add @sources {{ ip saddr "
                    f"ct count over {CONNECTIONS_PER_SOURCE} }} reject with tcp reset",
                ],
            )
        )
        lines.append(
            _chain(
                "balance",
                [
                    "type nat hook output priority -100",
                    f"ip daddr {BALANCER} tcp dport {port} dnat ip to "
                    f"numgen inc mod {len(addresses)} map {{ {among} }} : {target}",
                ],
            )
        )
    anew = f"table inet {TABLE}\ndelete table inet {TABLE}\n"
    return f"{anew}table inet {TABLE} {{\n{''.join(lines)}}}\n"


def _chain(name, rules):
    return f"  chain {name} {{\n" + "".join(f"    {each};\n" for each in rules if each) + "  }\n"


def _rules(policies, endpoint, direction, endpoints):
    """What is let through; None where no policy isolates it."""
    isolating = [
        each["spec"]
        for each in policies
        if direction in each["spec"]["policyTypes"]
        and selects(each["spec"]["podSelector"], endpoint.labels)
    ]
    if not isolating:
        return None
    rules = []
    for spec in isolating:
        for each in spec.get(direction.lower(), []):
            rules += _let_through(each, endpoint, direction, endpoints)
    return rules


def _let_through(rule, endpoint, direction, endpoints):
    """The rules of nftables for one of a policy."""
    peers = rule.get("to" if direction == "Egress" else "from")
    side = "daddr" if direction == "Egress" else "saddr"
    made = []
    for addresses, others in _who(peers, endpoints):
        where = f"ip {side} {{ {', '.join(addresses)} }} " if addresses else ""
        if "ports" not in rule:
            made.append(f"{where}return")
        for port in rule.get("ports", []):
            # A name is that of a port of whoever is called.
            called = others if direction == "Egress" else [endpoint]
            numbers = {port["port"]} if isinstance(port["port"], int) else {
                each.ports[port["port"]] for each in called if port["port"] in each.ports
            }
            for number in sorted(numbers):
                made.append(f"{where}{port.get('protocol', 'TCP').lower()} dport {number} return")
    return made


def _who(peers, endpoints):
    """(addresses, endpoints) of each peer that there is; no addresses: everybody."""
    if not peers:
        yield [], endpoints
    for peer in peers or []:
        if "ipBlock" in peer:
            yield [peer["ipBlock"]["cidr"]], []
            continue
        found = [each for each in endpoints if _is_meant(peer, each)]
        if found:
            yield [each.address for each in found], found


def _is_meant(peer, endpoint):
    if "namespaceSelector" in peer:
        within = selects(peer["namespaceSelector"], endpoint.namespace)
    else:
        within = not endpoint.namespace
    return within and selects(peer.get("podSelector", {}), endpoint.labels)
