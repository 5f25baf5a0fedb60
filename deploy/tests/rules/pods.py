"""What holds for every pod: its rights, its files, its resources, its probes."""

from deploy.gateway.settings import MAXIMUM_DEADLINE
from deploy.tests.rules import rule
from deploy.tests.suite import seconds

_HEALTH = 50052
# Seconds until everybody knows that a pod goes: the gateway's look at DNS, and what DNS remembers.
_HEARD = 5 + 5
_PATIENCE = 30  # seconds for which a process may be too busy to say that it lives
_LEFT = 30  # seconds until a load balancer gives a node no more connections
_MARGIN = 10  # seconds between the end of a drain and SIGKILL


@rule
def pods_run_as_nobody(suite):
    """As a numeric user and group that are not root."""
    for pod in suite.pods():
        context = pod.spec.get("securityContext", {})
        if context.get("runAsNonRoot") is not True:
            yield f"{pod.name}: runAsNonRoot is not set"
        for field in ("runAsUser", "runAsGroup", "fsGroup"):
            if not context.get(field):
                yield f"{pod.name}: {field} is not a number above 0"
        for field in ("runAsNonRoot", "runAsUser", "runAsGroup"):
            if field in pod.container.get("securityContext", {}):
                yield f"{pod.name}: the container has a {field} of its own"


@rule
def system_calls_are_filtered(suite):
    """seccomp as the runtime has it, for Jobs and the gateway too."""
    for pod in suite.pods():
        profile = pod.spec.get("securityContext", {}).get("seccompProfile", {})
        if profile.get("type") != "RuntimeDefault" or "seccompProfile" in pod.container.get(
            "securityContext", {}
        ):
            yield f"{pod.name}: seccompProfile is not RuntimeDefault"


@rule
def no_capabilities(suite):
    """Nothing may be gained, and nothing is there."""
    for pod in suite.pods():
        context = pod.container.get("securityContext", {})
        if context.get("allowPrivilegeEscalation") is not False or context.get("privileged"):
            yield f"{pod.name}: privileges may grow"
        if context.get("capabilities") != {"drop": ["ALL"]}:
            yield f"{pod.name}: capabilities are not all dropped"


@rule
def files_are_read_only(suite):
    """The root and all mounts; what is written to has a size."""
    for pod in suite.pods():
        if pod.container.get("securityContext", {}).get("readOnlyRootFilesystem") is not True:
            yield f"{pod.name}: the root can be written to"
        empty = {each["name"] for each in pod.volumes if "emptyDir" in each}
        for mount in pod.container.get("volumeMounts", []):
            if mount["name"] not in empty and mount.get("readOnly") is not True:
                yield f"{pod.name}: {mount['mountPath']} can be written to"
        for volume in pod.volumes:
            if "emptyDir" in volume and "sizeLimit" not in volume["emptyDir"]:
                yield f"{pod.name}: volume {volume['name']} has no sizeLimit"


@rule
def nothing_of_the_host(suite):
    """No network, ports, files or processes of the node, and no probe of another host."""
    for pod in suite.pods():
        for field in ("hostNetwork", "hostPID", "hostIPC"):
            if pod.spec.get(field):
                yield f"{pod.name}: {field}"
        for port in pod.container.get("ports", []):
            if "hostPort" in port:
                yield f"{pod.name}: hostPort {port['hostPort']}"
        for volume in pod.volumes:
            if "hostPath" in volume:
                yield f"{pod.name}: hostPath in volume {volume['name']}"
        for name, action in _actions(pod):
            if "host" in action.get("httpGet", {}) or "host" in action.get("tcpSocket", {}):
                yield f"{pod.name}: {name} asks another host"


@rule
def resources_are_asked_for(suite):
    """Memory is limited to what was asked for; CPU is asked for and never limited, since a limit
    slows calls down while the node is idle; what our pods write to disk is limited."""
    ours = {pod.name: pod.container for pod in suite.pods()}
    theirs = {f"Cluster {each['metadata']['name']}": each["spec"] for each in suite.clusters()}
    for store in suite.of("ObjectStore"):  # each instance has one beside it, for its backups
        sidecar = store["spec"].get("instanceSidecarConfiguration", {})
        theirs[f"ObjectStore {store['metadata']['name']}"] = sidecar
    for name, each in (ours | theirs).items():
        resources = each.get("resources", {})
        requests, limits = resources.get("requests", {}), resources.get("limits", {})
        if not requests.get("memory") or requests["memory"] != limits.get("memory"):
            yield f"{name}: the limit of memory is not what is asked for"
        if "cpu" not in requests or "cpu" in limits:
            yield f"{name}: CPU has to be asked for and not be limited"
        if name in ours and "ephemeral-storage" not in requests.keys() & limits.keys():
            yield f"{name}: ephemeral-storage has no request or limit"


@rule
def probes_ask_what_they_mean(suite):
    """Three probes; alive is another question than ready."""
    for pod in suite.pods("service", "gateway"):
        probes = dict(_probes(pod))
        for name in ("startupProbe", "readinessProbe", "livenessProbe"):
            if name not in probes:
                yield f"{pod.name}: no {name}"
            elif pod.component == "service" and "grpc" not in probes[name]:
                yield f"{pod.name}: {name} is not of gRPC"
        asked = [_question(probes.get(name, {})) for name in ("readinessProbe", "livenessProbe")]
        if asked[0] == asked[1]:
            yield f"{pod.name}: readiness and liveness ask the same"


@rule
def liveness_leaves_the_database_alone(suite):
    """A database that is away restarts nobody, nor keeps a pod from starting to wait for it."""
    for pod in suite.pods("service"):
        for name in ("startupProbe", "livenessProbe"):
            probe = dict(_probes(pod)).get(name, {})
            if probe.get("grpc", {}).get("service") != "liveness":
                yield f"{pod.name}: {name} does not ask for liveness alone"
            if probe.get("failureThreshold", 3) * probe.get("periodSeconds", 10) < _PATIENCE:
                yield f"{pod.name}: {name} gives up before {_PATIENCE} s"


@rule
def probes_reach_the_health_port(suite):
    """A number, of the port in plaintext, which listens on the pod's address."""
    for pod in suite.pods("service"):
        host, _, port = suite.environment(pod).get("SCHARNIER_HEALTH_ADDRESS", "").rpartition(":")
        if (host, port) != ("0.0.0.0", str(_HEALTH)):
            yield f"{pod.name}: health is not on 0.0.0.0:{_HEALTH}"
        for name, probe in _probes(pod):
            if probe.get("grpc", {}).get("port") != _HEALTH:
                yield f"{pod.name}: {name} does not ask port {_HEALTH}"


@rule
def grace_covers_the_drain(suite):
    """SIGKILL comes after preStop, the drain and a margin."""
    for pod in suite.pods("service"):
        pause = _pre_stop(pod).get("sleep", {}).get("seconds", 0)
        drain = seconds(suite.environment(pod).get("SCHARNIER_DRAIN", "20s"))
        grace = pod.spec.get("terminationGracePeriodSeconds", 30)
        if pause < _HEARD:
            yield f"{pod.name}: {pause} s of preStop sleep: it stops before everybody knows"
        if grace < pause + drain + _MARGIN:
            yield f"{pod.name}: {grace} s of grace are less than {pause} + {drain} + {_MARGIN}"


@rule
def the_gateway_drains(suite):
    """Envoy ends at once on SIGTERM: preStop drains its listeners, for as long as they take."""
    for pod in suite.pods("gateway"):
        command = _pre_stop(pod).get("exec", {}).get("command", [])
        arguments = pod.container.get("args", [])
        drain = int(dict(zip(arguments, arguments[1:], strict=False)).get("--drain-time-s", 600))
        grace = pod.spec.get("terminationGracePeriodSeconds", 30)
        if command[:1] != ["/etc/envoy/drain"]:
            yield f"{pod.name}: preStop does not drain the listeners"
        elif not drain <= int(command[1]) <= grace - _MARGIN:
            yield f"{pod.name}: {drain} s of drain, preStop and {grace} s of grace do not fit"
        elif int(command[1]) < _LEFT + MAXIMUM_DEADLINE.seconds:
            yield f"{pod.name}: preStop of {command[1]} s cuts calls that balancers still sent"
        for volume in pod.volumes:
            if volume.get("configMap", {}).get("defaultMode", 0o555) & 0o111 != 0o111:
                yield f"{pod.name}: {volume['name']} cannot be run, and the drain is in it"


@rule
def last_words_are_kept(suite):
    """Why a container ended stands in its status."""
    for pod in suite.pods():
        if pod.container.get("terminationMessagePolicy") != "FallbackToLogsOnError":
            yield f"{pod.name}: terminationMessagePolicy is not FallbackToLogsOnError"


def _probes(pod):
    return [(name, probe) for name, probe in pod.container.items() if name.endswith("Probe")]


def _actions(pod):
    hooks = pod.container.get("lifecycle", {})
    return [*_probes(pod), *hooks.items()]


def _question(probe):
    return {kind: probe[kind] for kind in ("grpc", "httpGet", "tcpSocket", "exec") if kind in probe}


def _pre_stop(pod):
    return pod.container.get("lifecycle", {}).get("preStop", {})
