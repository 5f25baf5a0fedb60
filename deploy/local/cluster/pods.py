"""A pod's specification as podman's arguments, and its volumes as files. Everything here is pure.

Containers of a pod share the network of its first.
"""

from deploy.local.cluster.addresses import DOMAIN, NAMES, NETWORK

_UNITS = {"Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30}


def in_bytes(quantity):
    """Of "512Mi"."""
    for unit, factor in _UNITS.items():
        if quantity.endswith(unit):
            return int(quantity.removesuffix(unit)) * factor
    return int(quantity)


def volume_files(volume, find):
    """The files of a volume: (name, content, mode) each. `find` takes a kind and a name and gives
    what is in there, as bytes by key."""
    mode = 0o644
    if "projected" in volume:
        sources = volume["projected"]["sources"]
        mode = volume["projected"].get("defaultMode", mode)
    else:
        sources = [volume]
    files = []
    for source in sources:
        if "secret" in source:
            told = source["secret"]
            data = find("Secret", told.get("secretName") or told["name"])
        else:
            told = source["configMap"]
            data = find("ConfigMap", told["name"])
        each_mode = told.get("defaultMode", mode)
        for item in told.get("items") or [{"key": key, "path": key} for key in data]:
            files.append((item["path"], data[item["key"]], each_mode))
    return files


def run_arguments(name, spec, container, *, address, environment, folder, beside=None):
    """The arguments of `podman run` for one container of a pod.

    address      of the pod in the network
    environment  what the container is told, by name
    folder       of the pod's volumes, each in a folder of its name
    beside       the container whose network it shares; None: it is the first
    """
    security = spec.get("securityContext", {}) | container.get("securityContext", {})
    resources = container.get("resources", {})
    arguments = ["run", "--detach", f"--name={name}", "--pull=never"]
    if beside:
        arguments.append(f"--network=container:{beside}")
    else:
        arguments += [
            f"--network={NETWORK}",
            f"--ip={address}",
            f"--hostname={name}",
            f"--dns={NAMES}",
            f"--dns-search={DOMAIN}",
            "--dns-option=ndots:5",
        ]
    arguments += [f"--env={key}={value}" for key, value in sorted(environment.items())]
    arguments += _restricted(security)
    memory = resources.get("limits", {}).get("memory")
    if memory:
        arguments += [f"--memory={in_bytes(memory)}", f"--memory-swap={in_bytes(memory)}"]
    for mount in container.get("volumeMounts", []):
        only_read = ":ro" if mount.get("readOnly") else ""
        arguments.append(f"--volume={folder}/{mount['name']}:{mount['mountPath']}{only_read}")
    command = container.get("command", [])
    if command:
        arguments.append(f"--entrypoint={command[0]}")
    return [*arguments, container["image"], *command[1:], *container.get("args", [])]


def _restricted(security):
    """As the restricted level of pod security has it. Of podman's own defaults the filter of system
    calls stays, which is what RuntimeDefault means; its writable /tmp and /run go."""
    arguments = [f"--user={security['runAsUser']}:{security['runAsGroup']}"]
    if security.get("readOnlyRootFilesystem"):
        arguments += ["--read-only", "--read-only-tmpfs=false"]
    if security.get("allowPrivilegeEscalation") is False:
        arguments.append("--security-opt=no-new-privileges")
    arguments += [f"--cap-drop={each}" for each in security.get("capabilities", {}).get("drop", [])]
    return arguments
