"""Secrets, certificates and configuration: where they come from, and how pods get them."""

import re

from deploy.tests.rules import rule

_MODE = 0o440
_SECRET = re.compile(r"(?i)(password|secret|token|key)$")


@rule
def secrets_are_files(suite):
    """That the group may read and nobody else; never variables, and none is in the manifests."""
    for secret in suite.of("Secret"):
        yield f"Secret {secret['metadata']['name']}: stands in the manifests"
    for pod in suite.pods():
        for each in pod.container.get("env", []):
            if "secretKeyRef" in each.get("valueFrom", {}):
                yield f"{pod.name}: {each['name']} is a secret in a variable"
        for each in pod.container.get("envFrom", []):
            if "secretRef" in each:
                yield f"{pod.name}: all of {each['secretRef']['name']} is in variables"
        for name, value in suite.environment(pod).items():
            if _SECRET.search(name) or re.search(r"://[^/@:]*:[^/@]+@", value or ""):
                yield f"{pod.name}: {name} looks like a secret"
        for volume in pod.volumes:
            source = volume.get("secret") or volume.get("projected")
            if source and {source.get("defaultMode"), *_modes(source)} != {_MODE}:
                yield f"{pod.name}: volume {volume['name']} is not 0440"
    for config in suite.of("ConfigMap"):
        for key, text in config.get("data", {}).items():
            if re.search(r"(?i)\bpassword\s+'", text):
                yield f"ConfigMap {config['metadata']['name']}: {key} holds a password"


def _modes(source):
    """Those of single files of a volume's source."""
    parts = [source, *(each["secret"] for each in source.get("sources", []) if "secret" in each)]
    return [item["mode"] for each in parts for item in each.get("items", []) if "mode" in item]


@rule
def secrets_are_fetched_again(suite):
    """From a store of this namespace, by their own names, and kept when the store forgets them."""
    stores = {each["metadata"]["name"] for each in suite.of("SecretStore")}
    for each in suite.of("ClusterSecretStore"):
        yield f"ClusterSecretStore {each['metadata']['name']}: is everybody's"
    for secret in suite.of("ExternalSecret"):
        name, spec = secret["metadata"]["name"], secret["spec"]
        ref, target = spec.get("secretStoreRef", {}), spec.get("target", {})
        if ref.get("kind") != "SecretStore" or ref.get("name") not in stores:
            yield f"ExternalSecret {name}: is of no store here"
        again = re.fullmatch(r"[1-9]\d*[mh]", spec.get("refreshInterval", ""))
        if not again or spec.get("refreshPolicy", "Periodic") != "Periodic":
            yield f"ExternalSecret {name}: is not read again"
        if (target.get("creationPolicy"), target.get("deletionPolicy")) != ("Owner", "Retain"):
            yield f"ExternalSecret {name}: is not its Secret's owner, or takes it away"
        login = target.get("template", {}).get("type") == "kubernetes.io/basic-auth"
        if login != name.endswith("-database"):
            yield f"ExternalSecret {name}: has not the type that the database's operator reads"


@rule
def certificates_name_one_service(suite):
    """Exactly one SPIFFE id, the prefix and the name, and the name under which it is called."""
    if not suite.of("Certificate"):
        return
    for pod in suite.pods("service", "gateway"):
        certificate = suite.find("Certificate", pod.app)
        spec = certificate["spec"] if certificate else {}
        if spec.get("uris") != [_prefix(suite) + pod.app]:
            yield f"{pod.name}: its certificate does not say who it is, and nothing else"
        if spec.get("secretName") != f"{pod.app}-tls" or spec.get("dnsNames") != [pod.app]:
            yield f"{pod.name}: its certificate is for another name or place"
        if {"server auth", "client auth"} - set(spec.get("usages", [])):
            yield f"{pod.name}: its certificate does not serve both sides"
        if spec.get("issuerRef", {}).get("name") != "authority":
            yield f"{pod.name}: its certificate is not of the suite's authority"
        if _hours(spec.get("renewBefore", "0h")) * 3 < _hours(spec.get("duration", "2160h")):
            yield f"{pod.name}: its certificate is renewed too late to notice that it fails"


@rule
def what_is_mounted_is_there(suite):
    """Every Secret is made by somebody, every ConfigMap is here; where secrets are made by hand
    (no External Secrets), only those that certificates and databases make are looked for."""
    made = {each["spec"]["secretName"] for each in suite.of("Certificate")}
    made |= {f"{each['metadata']['name']}-ca" for each in suite.clusters()}
    made |= {each["metadata"]["name"] for each in suite.of("ExternalSecret")}
    by_hand = not suite.of("ExternalSecret")
    for pod in suite.pods():
        mounted = {each["name"] for each in pod.container.get("volumeMounts", [])}
        if mounted != {each["name"] for each in pod.volumes}:
            yield f"{pod.name}: volumes and mounts differ"
        for volume in pod.volumes:
            for name in _secrets(volume):
                authority = name.endswith("-postgres-ca")
                if authority and not suite.clusters():
                    continue  # of a database elsewhere
                if name not in made and (authority or name.endswith("-tls") or not by_hand):
                    yield f"{pod.name}: nobody makes Secret {name}"
            name = volume.get("configMap", {}).get("name")
            if name and suite.find("ConfigMap", name) is None:
                yield f"{pod.name}: there is no ConfigMap {name}"
    for cluster in suite.clusters():
        for login in cluster["spec"].get("managed", {}).get("roles", []):
            name = login["passwordSecret"]["name"]
            if name not in made and not by_hand:
                yield f"Cluster {cluster['metadata']['name']}: nobody makes Secret {name}"


@rule
def secrets_are_for_who_needs_them(suite):
    """A pod has its own and those that all services share; a login has its own password."""
    shared = {"service": {"keyring"}, "gateway": {"public-tls"}, "migration": set()}
    for pod in suite.pods():
        own = {
            "service": {f"{pod.app}-database", f"{pod.app}-audit-database", f"{pod.app}-tls"},
            "gateway": {f"{pod.app}-tls"},
            "migration": {f"{pod.app}-migrator-database", "migrator-database"},
        }[pod.component] | shared[pod.component]
        own |= {f"{pod.app}-postgres-ca", "scharnier-postgres-ca"}
        if pod.app == "notifications" and pod.component == "service":
            own.add("mail")
        for volume in pod.volumes:
            for name in sorted(set(_secrets(volume)) - own):
                yield f"{pod.name}: Secret {name} is none of its own"
            source = volume.get("secret", {})
            if source.get("secretName", "").endswith("-postgres-ca"):
                if source.get("items") != [{"key": "ca.crt", "path": "ca.crt"}]:
                    yield f"{pod.name}: has more of the database's authority than its certificate"
    for cluster in suite.clusters():
        for login in cluster["spec"].get("managed", {}).get("roles", []):
            kind, _, app = login["name"].partition("_")
            own = {"svc": f"{app}-database", "audit": f"{app}-audit-database"}[kind]
            if login["passwordSecret"]["name"] != own:
                name = cluster["metadata"]["name"]
                yield f"Cluster {name}: {login['name']} has another's password"


@rule
def configuration_rolls_pods(suite):
    """What a process reads once is a ConfigMap that a change gives another name; grants are
    watched."""
    for pod in suite.pods():
        told = pod.container.get("envFrom", [])
        names = [each["configMapRef"]["name"] for each in told if "configMapRef" in each]
        names += [each["configMap"]["name"] for each in pod.volumes if "configMap" in each]
        for name in names:
            if name != "grants" and not re.search(r"-[0-9a-z]{10}$", name):
                yield f"{pod.name}: {name} can change beneath it"


def _prefix(suite):
    """Of SPIFFE ids, as all services are told."""
    (prefix,) = {
        suite.environment(each)["SCHARNIER_SPIFFE_PREFIX"] for each in suite.pods("service")
    }
    return prefix


def _secrets(volume):
    if "secret" in volume:
        yield volume["secret"]["secretName"]
    for source in volume.get("projected", {}).get("sources", []):
        yield source["secret"]["name"]


def _hours(duration):
    return int(duration.removesuffix("h"))
