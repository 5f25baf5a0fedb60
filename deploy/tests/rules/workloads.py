"""Deployments, Jobs and what surrounds them: rollout, disruption, scale, names."""

import re

from deploy.tests.rules import rule
from deploy.tests.suite import selects

_RESTRICTED = "pod-security.kubernetes.io/"
_NOBODYS = "@sha256:" + "0" * 64
_IDENTITY = ("app.kubernetes.io/name", "app.kubernetes.io/component")


@rule
def versions_are_stable(suite):
    """Nothing is written for a version of an API that may change or go."""
    for each in suite.documents:
        if not re.search(r"(^|/)v\d+$", each["apiVersion"]):
            yield f"{each['kind']} {each['metadata']['name']}: is {each['apiVersion']}"


@rule
def the_namespace_is_restricted(suite):
    """Pod security is enforced, by the rules of a version."""
    namespaces = suite.of("Namespace")
    if len(namespaces) != 1:
        yield "there is not one Namespace"
    for namespace in namespaces:
        labels = namespace["metadata"].get("labels", {})
        for mode in ("enforce", "audit", "warn"):
            if labels.get(_RESTRICTED + mode) != "restricted":
                yield f"pod security: {mode} is not restricted"
            if not re.fullmatch(r"v1\.\d+", labels.get(f"{_RESTRICTED}{mode}-version", "")):
                yield f"pod security: {mode} has no version"


@rule
def pods_are_as_rules_look_at_them(suite):
    """Deployments and Jobs with one container each: nothing runs beside, where no rule looks."""
    for each in suite.of("Pod", "ReplicaSet", "StatefulSet", "DaemonSet", "CronJob"):
        yield f"{each['kind']} {each['metadata']['name']}: no rule looks at it"
    for pod in suite.pods():
        if len(pod.spec["containers"]) != 1 or pod.spec.get("initContainers"):
            yield f"{pod.name}: has not one container"


@rule
def nobody_speaks_to_the_api(suite):
    """An account each, no token in any pod, no rights of our own in the cluster."""
    for pod in suite.pods():
        name = pod.spec.get("serviceAccountName")
        account = suite.find("ServiceAccount", name)
        if name != pod.app or account is None:
            yield f"{pod.name}: its ServiceAccount is not its own"
        if pod.spec.get("automountServiceAccountToken") is not False:
            yield f"{pod.name}: a token of its account is mounted"
    for account in suite.of("ServiceAccount"):
        if account.get("automountServiceAccountToken") is not False:
            yield f"ServiceAccount {account['metadata']['name']}: mounts its token"
    for each in suite.of("Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"):
        yield f"{each['kind']} {each['metadata']['name']}: nobody here needs rights"


@rule
def images_by_digest(suite):
    """Nobody changes what runs, and a migration is of the release that it makes room for. Zeros,
    which are nobody's image, stand for all until an overlay is somebody's, and then for none."""
    if len({pod.container["image"].endswith(_NOBODYS) for pod in suite.pods()}) > 1:
        yield "some images have a digest, and others zeros"
    for pod in suite.pods():
        if not re.fullmatch(r"[^:@]+@sha256:[0-9a-f]{64}", pod.container["image"]):
            yield f"{pod.name}: image {pod.container['image']} is not named by digest"
    if len({pod.container["image"] for pod in suite.pods("service", "migration")}) > 1:
        yield "services and migrations have different images"
    for pod in suite.pods("service", "migration"):
        verb = {"service": "serve", "migration": "migrate"}[pod.component]
        if pod.container.get("args") != [pod.app, verb] or "command" in pod.container:
            yield f"{pod.name}: does not run `{pod.app} {verb}`"


@rule
def rollouts_take_nothing_away(suite):
    """A new pod first; a rollout that hangs is told of, later than a migration may take."""
    slowest = max(pod.document["spec"]["activeDeadlineSeconds"] for pod in suite.pods("migration"))
    for pod in suite.pods("service", "gateway"):
        spec = pod.document["spec"]
        if spec.get("strategy") != {
            "type": "RollingUpdate",
            "rollingUpdate": {"maxUnavailable": 0, "maxSurge": 1},
        }:
            yield f"{pod.name}: pods may go before others are there"
        if spec.get("progressDeadlineSeconds", 600) <= slowest:
            yield f"{pod.name}: gives up before its migration"
        if not 1 <= spec.get("revisionHistoryLimit", 10) <= 10:
            yield f"{pod.name}: keeps no release to go back to"


@rule
def budgets_let_nodes_go(suite):
    """One pod at a time may be taken, and one that is not ready always."""
    for pod in suite.pods("service", "gateway"):
        budgets = [
            each
            for each in suite.of("PodDisruptionBudget")
            if selects(each["spec"]["selector"], pod.labels)
        ]
        if len(budgets) != 1:
            yield f"{pod.name}: has {len(budgets)} budgets"
            continue
        spec = budgets[0]["spec"]
        if spec.get("maxUnavailable") != 1 or "minAvailable" in spec:
            yield f"{pod.name}: its budget is not maxUnavailable 1"
        if spec.get("unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield f"{pod.name}: its budget keeps pods that do not work"
        if spec["selector"] != pod.document["spec"]["selector"]:
            yield f"{pod.name}: its budget is for other pods as well"


@rule
def pods_are_spread(suite):
    """Over zones and nodes, counting pods of the same release alone. Without a zone pods go on in
    the others; two on a node wait for another node, where an autoscaler says that there are some.
    """
    for pod in suite.pods("service", "gateway"):
        spread = {
            each["topologyKey"]: each for each in pod.spec.get("topologySpreadConstraints", [])
        }
        strict = suite.autoscaler(pod) is not None
        otherwise = {
            "topology.kubernetes.io/zone": "ScheduleAnyway",
            "kubernetes.io/hostname": "DoNotSchedule" if strict else "ScheduleAnyway",
        }
        for key, what in otherwise.items():
            each = spread.get(key, {})
            if each.get("maxSkew") != 1 or each.get("matchLabelKeys") != ["pod-template-hash"]:
                yield f"{pod.name}: is not spread by {key}"
            elif not selects(each["labelSelector"], pod.labels):
                yield f"{pod.name}: spreads other pods by {key}"
            elif each.get("whenUnsatisfiable") != what:
                yield f"{pod.name}: when it cannot be spread by {key}, it is not {what}"
            elif what == "DoNotSchedule" and each.get("minDomains") != 3:
                yield f"{pod.name}: two may be on one of two nodes"
            elif each.get("nodeTaintsPolicy") != "Honor":
                yield f"{pod.name}: counts nodes on which none of its pods may run"


@rule
def spread_pods_are_admitted(suite):
    """No key stands in both labelSelector and matchLabelKeys: the API server refuses such a pod,
    and where an operator makes it, nobody hears of it before."""
    makers = [(pod.name, pod.spec) for pod in suite.pods()]
    makers += [(each["metadata"]["name"], each["spec"]) for each in suite.clusters()]
    for name, spec in makers:
        for each in spec.get("topologySpreadConstraints", []):
            selector = each.get("labelSelector", {})
            keys = {other["key"] for other in selector.get("matchExpressions", [])}
            if (keys | set(selector.get("matchLabels", {}))) & set(each.get("matchLabelKeys", [])):
                yield f"{name}: a pod that is spread so is refused"


@rule
def one_says_how_many(suite):
    """The manifest or the autoscaler, which keeps three at least."""
    for pod in suite.pods("service", "gateway"):
        autoscaler = suite.autoscaler(pod)
        if (autoscaler is None) != ("replicas" in pod.document["spec"]):
            yield f"{pod.name}: the manifest and an autoscaler both say how many, or neither"
        asked = autoscaler["spec"] if autoscaler else {"minReplicas": 3, "maxReplicas": 3}
        if not 3 <= asked.get("minReplicas", 1) <= asked["maxReplicas"]:
            yield f"{pod.name}: its autoscaler goes below 3, or nowhere"
        if autoscaler and not asked.get("metrics"):
            yield f"{pod.name}: its autoscaler looks at nothing"
        if not autoscaler and pod.document["spec"].get("replicas", 1) < 2:
            yield f"{pod.name}: one pod is none during an eviction"


@rule
def migrations_belong_to_a_release(suite):
    """A Job cannot be changed, so its name carries the release; it ends, and is cleared away."""
    releases = set()
    for pod in suite.pods("migration"):
        found = re.fullmatch(rf"{pod.app}-migrate-([a-z0-9.]+)", pod.document["metadata"]["name"])
        if not found or found[1] == "release":
            yield f"{pod.name}: has no release in its name"
        else:
            releases.add(found[1])
        spec = pod.document["spec"]
        if pod.spec.get("restartPolicy") != "Never":
            yield f"{pod.name}: its logs go with a restart"
        if not 1 <= spec.get("backoffLimit", 6) <= 6:
            yield f"{pod.name}: is tried too often, or once"
        for field in ("activeDeadlineSeconds", "ttlSecondsAfterFinished"):
            if not spec.get(field):
                yield f"{pod.name}: no {field}"
    if len(releases) > 1:
        yield f"migrations are of several releases: {', '.join(sorted(releases))}"
    if {pod.app for pod in suite.pods("migration")} != {pod.app for pod in suite.pods("service")}:
        yield "services and migrations are not the same"


@rule
def names_are_the_standard_ones(suite):
    """Labels that tools know; selectors have two of them, since selectors cannot be changed."""
    for each in suite.documents:
        labels = each["metadata"].get("labels", {})
        if each["kind"] != "Namespace" and each["metadata"].get("namespace") != "scharnier":
            if each["kind"] != "PriorityClass":
                yield f"{each['kind']} {each['metadata']['name']}: is in another namespace"
        if labels.get("app.kubernetes.io/part-of") != "scharnier":
            yield f"{each['kind']} {each['metadata']['name']}: is part of nothing"
    for pod in suite.pods("service", "gateway"):
        if pod.document["spec"]["selector"] != {
            "matchLabels": {key: pod.labels[key] for key in _IDENTITY}
        }:
            yield f"{pod.name}: its selector is not name and component"


@rule
def people_come_first(suite):
    """Before batch work of others, databases included."""
    classes = {each["metadata"]["name"] for each in suite.of("PriorityClass")}
    for pod in suite.pods():
        if pod.spec.get("priorityClassName") not in classes:
            yield f"{pod.name}: has no priority"
    for cluster in suite.clusters():
        if cluster["spec"].get("priorityClassName") not in classes:
            yield f"Cluster {cluster['metadata']['name']}: has no priority"
