"""Rendered documents as rules look at them."""

import dataclasses
import re


@dataclasses.dataclass(frozen=True)
class Pod:
    """What a Deployment or a Job starts; each has one container."""

    document: dict

    @property
    def name(self):
        """Of the Deployment or Job, with its kind."""
        return f"{self.document['kind']} {self.document['metadata']['name']}"

    @property
    def labels(self):
        return self.document["spec"]["template"]["metadata"]["labels"]

    @property
    def app(self):
        """The service it belongs to, or "gateway"."""
        return self.labels["app.kubernetes.io/name"]

    @property
    def component(self):
        """service, migration or gateway."""
        return self.labels["app.kubernetes.io/component"]

    @property
    def spec(self):
        return self.document["spec"]["template"]["spec"]

    @property
    def container(self):
        (container,) = self.spec["containers"]
        return container

    @property
    def volumes(self):
        return self.spec.get("volumes", [])


class Suite:
    """All documents of an overlay."""

    def __init__(self, documents):
        self.documents = documents

    def of(self, *kinds):
        """The documents of these kinds."""
        return [each for each in self.documents if each["kind"] in kinds]

    def find(self, kind, name):
        """The one of that name; None when there is none."""
        found = [each for each in self.of(kind) if each["metadata"]["name"] == name]
        return found[0] if found else None

    def pods(self, *components):
        """Of all Deployments and Jobs; or of those that are a service, a migration, a gateway."""
        pods = [Pod(each) for each in self.of("Deployment", "Job")]
        return [each for each in pods if not components or each.component in components]

    def environment(self, pod):
        """What its container is told in the open, by name."""
        told = {}
        for source in pod.container.get("envFrom", []):
            if "configMapRef" in source:
                told |= self.find("ConfigMap", source["configMapRef"]["name"])["data"]
        return told | {each["name"]: each.get("value") for each in pod.container.get("env", [])}

    def autoscaler(self, pod):
        """The autoscaler of a Deployment; None when it has none."""
        for each in self.of("HorizontalPodAutoscaler"):
            if each["spec"]["scaleTargetRef"]["name"] == pod.document["metadata"]["name"]:
                return each
        return None

    def most_replicas(self, pod):
        """How many pods a Deployment has at most."""
        autoscaler = self.autoscaler(pod)
        if autoscaler:
            return autoscaler["spec"]["maxReplicas"]
        return pod.document["spec"]["replicas"]

    def clusters(self):
        """Those of CloudNativePG."""
        return self.of("Cluster")


def selects(selector, labels):
    """Whether a selector of labels fits."""
    for key, value in selector.get("matchLabels", {}).items():
        if labels.get(key) != value:
            return False
    for each in selector.get("matchExpressions", []):
        fits = {
            "In": labels.get(each["key"]) in each.get("values", []),
            "Exists": each["key"] in labels,
        }
        if not fits[each["operator"]]:
            return False
    return True


def seconds(duration):
    """Of "20s", "250ms", "15m", as the services read it."""
    number, unit = re.fullmatch(r"(\d+)(ms|s|m|h)", duration).groups()
    return int(number) * {"ms": 0.001, "s": 1, "m": 60, "h": 3600}[unit]
