"""The suite as its manifests say, on podman: what a control plane and a kubelet do, as far as the
manifests ask for it.

    with Cluster(folder, print) as cluster:
        cluster.pods("events")            # its running pods
        cluster.roll("events")            # replaces them as the Deployment's strategy says
        cluster.gateway                   # "10.…:443": the Service of the gateway
"""

import base64
import concurrent.futures
import itertools
import shutil
import subprocess
import threading

from deploy.local.cluster import manifests, network
from deploy.local.cluster.addresses import BALANCER, HOST, NAMES, NETWORK, PODS, SUBNET
from deploy.local.cluster.around import STANDINS, Database, Identities, Names, make_secrets
from deploy.local.cluster.pod import RunningPod
from deploy.local.podman import Podman
from deploy.local.processes import LocalError
from deploy.tests.suite import Suite, selects
from tests.programmes.mailbox import Mailbox

SUITE = "localhost/scharnier:deploy"
_READY_WITHIN = 120.0
_KUBE_SYSTEM = {"kubernetes.io/metadata.name": "kube-system"}


class Cluster:
    """Everything in one podman network; `folder` is wiped, and takes volumes and logs."""

    def __init__(self, folder, tell):
        self.folder = folder
        self.tell = tell
        self.podman = Podman()
        self.suite = None  # the rendered documents
        self.identities = None
        self.mailbox = None  # what the relay has taken
        self.database = None
        self._secrets = {}
        self._config_maps = {}
        self._names = None
        self._pods = []
        self._addresses = itertools.cycle(PODS)
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *unused):
        self.down()

    # The whole.

    def up(self):
        """Starts all of it, in order: what is around it, Jobs, Deployments. Every migration is run
        by two Jobs at once."""
        self._remove()
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "logs").mkdir(parents=True)
        self.suite = Suite(manifests.render(self.folder / "overlay"))
        self.tell("Names, PostgreSQL and the issuer stand in for those of a cluster.")
        self.podman.run(
            *("network", "create", "--disable-dns", f"--subnet={SUBNET}", f"--gateway={HOST}"),
            NETWORK,
        )
        self._names = Names(self.podman, self.folder)
        self._names.start()
        told = self.suite.environment(self.suite.pods("service")[0])
        self.identities = Identities(self.folder / "identities")
        self.identities.start(told["SCHARNIER_OIDC_ISSUER"])
        mailbox = Mailbox(self.folder / "mails.jsonl", port=587, host=HOST)
        mailbox.start()
        self.mailbox = mailbox
        services = [each.app for each in self.suite.pods("service")]
        authority = self.identities.authority
        self.database = Database(self.podman, self.folder, authority, services)
        self.database.create()
        keyring = self.podman.run(
            "run", "--rm", "--network=none", SUITE, services[0], "new-keyring"
        )
        prefix = told["SCHARNIER_SPIFFE_PREFIX"]
        self._secrets = make_secrets(
            authority, self.database.suite, keyring + "\n", services, prefix
        )
        self._config_maps = {
            each["metadata"]["name"]: _data(each) for each in self.suite.of("ConfigMap")
        }
        self.migrate()
        self.tell("Deployments start, each with its replicas.")
        for document in self.suite.of("Deployment"):
            for _ in range(document["spec"]["replicas"]):
                self.add(document)
        self.wait_ready()

    def down(self):
        """Removes it all: containers, the network, the table of nftables."""
        with self._lock:
            pods, self._pods, self._names = self._pods, [], None
        for each in pods:
            each.leave()
        self._remove()
        if self.mailbox:
            self.mailbox.stop()
        if self.identities:
            self.identities.stop()

    def migrate(self):
        """Runs every migration by two Jobs at once, until all are done."""
        jobs = [each for each in self.suite.of("Job") for _ in range(2)]
        self.tell(f"{len(jobs)} Jobs migrate: each schema by two at once.")
        with concurrent.futures.ThreadPoolExecutor(len(jobs)) as threads:
            list(threads.map(self._run_job, jobs))

    def wait_ready(self):
        """Returns when the probes of all pods say so."""
        for each in self.pods():
            each.wait_ready(_READY_WITHIN)

    # What others ask.

    @property
    def gateway(self):
        """Where the Service of the gateway takes calls."""
        (port,) = self.suite.find("Service", "gateway")["spec"]["ports"]
        return f"{BALANCER}:{port['port']}"

    def pods(self, name=None):
        """Those that run and are not about to end; of one Deployment, or all."""
        with self._lock:
            return [
                each
                for each in self._pods
                if not each.ending and name in (None, each.document["metadata"]["name"])
            ]

    def deployment(self, name):
        return self.suite.find("Deployment", name)

    def set_clock(self, instant):
        """Moves the clock that services live by: a file in their volumes."""
        text = instant if isinstance(instant, str) else instant.isoformat()
        data = {"clock": (text.replace("+00:00", "Z") + "\n").encode()}
        self._config_maps["clock"] = data
        for each in self.pods():
            each.write("clock", data)

    # What pods ask.

    def find(self, kind, name):
        """What is in a Secret or a ConfigMap, as bytes by key."""
        found = self._secrets if kind == "Secret" else self._config_maps
        if name not in found:
            raise LocalError(f"A pod mounts the {kind} {name}, which nobody makes.")
        return found[name]

    def environment(self, container):
        """What a container is told, by name."""
        told = {}
        for source in container.get("envFrom", []):
            data = self.find("ConfigMap", source["configMapRef"]["name"])
            told |= {key: value.decode() for key, value in data.items()}
        return told | {each["name"]: each["value"] for each in container.get("env", [])}

    def changed(self):
        """Tells names, balancer and firewall who is there and who is ready."""
        with self._lock:
            if self._names is None:  # all of it ends
                return
            ready = {
                each["metadata"]["name"]: [
                    pod for pod in self._pods
                    if pod.ready and selects({"matchLabels": each["spec"]["selector"]}, pod.labels)
                ]
                for each in self.suite.of("Service")
            }
            self._names.tell(
                {name: [each.address for each in found] for name, found in ready.items()}
            )
            (port,) = self.suite.find("Service", "gateway")["spec"]["ports"]
            among = ready["gateway"]
            balanced = [each.address for each in among]
            target = among[0].ports[port["targetPort"]] if among else 0
            text = network.ruleset(
                self.suite.of("NetworkPolicy"), self.endpoints(), (balanced, port["port"], target)
            )
            done = subprocess.run(
                ["nft", "-f", "-"], input=text, text=True, capture_output=True, check=False
            )
            if done.returncode != 0:
                (self.folder / "ruleset.nft").write_text(text)
                raise LocalError(f"nft refuses the ruleset: {done.stderr.strip().splitlines()[0]}")

    def endpoints(self):
        """What policies may mean: pods, and the DNS of the cluster."""
        found = [network.Endpoint(NAMES, {"k8s-app": "kube-dns"}, _KUBE_SYSTEM)]
        for pod in self._pods:
            found.append(network.Endpoint(pod.address, pod.labels, {}, pod.ports))
        return found

    # Pods.

    def add(self, document):
        """Starts one more pod of a Deployment or Job; nobody waits for it here."""
        with self._lock:
            name = f"{document['metadata']['name']}-{next(self._numbers)}"
            pod = RunningPod(self, document, name, next(self._addresses))
            # Policies hold before it says its first word.
            self._pods.append(pod)
            self.changed()
        pod.start()
        return pod

    def end(self, pod):
        """Ends a pod as a kubelet does; its exit code."""
        try:
            return pod.end()
        finally:
            with self._lock:
                self._pods.remove(pod)
                self.changed()

    def remove(self, pod):
        """Removes a pod of a Job, whatever it does."""
        pod.remove()
        with self._lock:
            self._pods.remove(pod)
            self.changed()

    def roll(self, name):
        """Replaces the pods of a Deployment, one more at a time and never one fewer. Their exit
        codes."""
        document = self.deployment(name)
        strategy = document["spec"]["strategy"]["rollingUpdate"]
        if (strategy["maxSurge"], strategy["maxUnavailable"]) != (1, 0):
            raise LocalError(f"{name} rolls in a way that is not known here: {strategy}")
        with concurrent.futures.ThreadPoolExecutor(document["spec"]["replicas"]) as threads:
            ended = []
            for old in self.pods(name):
                self.add(document).wait_ready(_READY_WITHIN)
                ended.append(threads.submit(self.end, old))
            return [each.result() for each in ended]

    def _run_job(self, document):
        for _ in range(document["spec"]["backoffLimit"] + 1):
            pod = self.add(document)
            code = pod.wait_exit(document["spec"]["activeDeadlineSeconds"])
            words = pod.last_words()
            pod.keep_log()
            self.remove(pod)
            if code == 0:
                return
        raise LocalError(f"The Job {document['metadata']['name']} fails:\n{words}")

    def _remove(self):
        """Whatever a run has left, this one's or an earlier one's."""
        known = self.podman.run("ps", "--all", "--quiet", f"--filter=network={NETWORK}").split()
        # Those that share a network are none of the network's.
        beside = self.podman.run("ps", "--all", "--quiet", f"--filter=ancestor={STANDINS}").split()
        for each in {*beside, *known}:
            self.podman.attempt("rm", "--force", "--time=0", each)
        self.podman.attempt("network", "rm", "--force", NETWORK)
        subprocess.run(
            ["nft", "delete", "table", "inet", network.TABLE], capture_output=True, check=False
        )


def _data(config_map):
    """As bytes by key."""
    data = {key: value.encode() for key, value in config_map.get("data", {}).items()}
    binary = config_map.get("binaryData", {})
    return data | {key: base64.b64decode(value) for key, value in binary.items()}
