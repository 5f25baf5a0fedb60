"""A pod that runs: its containers, its probes, its restarts, its end."""

import collections
import os
import select
import shutil
import subprocess
import threading
import time
from pathlib import Path

from deploy.local.authority import replace
from deploy.local.cluster import pods, probes
from deploy.local.cluster.addresses import USER
from deploy.local.processes import LocalError

_LOOKS_AFTER = 0.1
_AGAIN_AFTER = 1.0  # a container that has exited is started again


class RunningPod:
    """Containers of one pod, looked after as its manifest says until end().

    place      what it is part of (cluster.Cluster)
    document   the Deployment or Job that it is of
    """

    def __init__(self, place, document, name, address):
        self.document = document
        self.name = name
        self.address = address
        self.spec = document["spec"]["template"]["spec"]
        self.labels = document["spec"]["template"]["metadata"]["labels"]
        self.started = False  # its startup probe has passed
        self.ready = False
        self.alive = True
        self.ending = False
        self.restarts = 0
        self.ended_with = None  # the exit code of the container before this one
        self.asked = collections.Counter()  # how often each probe has asked
        self._place = place
        self._podman = place.podman
        self._folder = place.folder / "volumes" / name
        self._stop = threading.Event()
        self._thread = None
        self._process = None

    @property
    def containers(self):
        """The names of its containers."""
        return [self.name, *(f"{self.name}-{each['name']}" for each in self.spec["containers"][1:])]

    @property
    def ports(self):
        """Numbers, by name."""
        found = self.spec["containers"][0].get("ports", [])
        return {each["name"]: each["containerPort"] for each in found}

    def start(self):
        """Starts its containers, and whoever looks after them."""
        self._write_volumes()
        for container, name in zip(self.spec["containers"], self.containers, strict=True):
            self._podman.run(
                *pods.run_arguments(
                    name,
                    self.spec,
                    container,
                    address=self.address,
                    environment=self._place.environment(container),
                    folder=self._folder,
                    beside=None if name == self.name else self.name,
                )
            )
        if self.document["kind"] == "Job":
            return
        self._process = self._open_process()
        self._thread = threading.Thread(target=self._look_after, name=self.name, daemon=True)
        self._thread.start()

    def pid(self):
        """Of its first process, in whose network it lives."""
        return int(self._podman.run("inspect", "--format={{.State.Pid}}", self.name))

    def wait_ready(self, seconds):
        """Returns when its probes say so; LocalError with its last words where they do not."""
        end = time.monotonic() + seconds
        while not self.ready:
            if time.monotonic() > end:
                words = self.last_words()
                raise LocalError(f"{self.name} is not ready after {seconds} s:\n{words}")
            time.sleep(0.05)

    def write(self, config_map, data):
        """Gives its volumes of a ConfigMap another content, as a kubelet does."""
        for volume in self.spec["volumes"]:
            if volume.get("configMap", {}).get("name") == config_map:
                for name, content, mode in pods.volume_files(volume, lambda *_: data):
                    path = self._folder / volume["name"] / name
                    replace(path, content)
                    _let_read(path, mode)

    def end(self):
        """As a kubelet ends a pod: it is no endpoint any more; preStop; SIGTERM; and SIGKILL when
        its grace is over. The exit code of its first container."""
        self.ending = True
        self.ready = False
        self._stop.set()
        self._place.changed()
        until = time.monotonic() + self.spec["terminationGracePeriodSeconds"]
        self._before_stop(until)
        left = max(1, int(until - time.monotonic()))
        self._podman.run("stop", f"--time={left}", self.name)
        code = self._exit_code()
        self._thread.join()
        self.keep_log()
        self.remove()
        return code

    def fill_memory(self):
        """Takes all the memory that its first container may have, and somebody is killed for it:
        the container's own process, which the kernel is told to take first."""
        limit = pods.in_bytes(self.spec["containers"][0]["resources"]["limits"]["memory"])
        Path(f"/proc/{self.pid()}/oom_score_adj").write_text("1000", encoding="ascii")
        # There is no line to tell the last of: it keeps all that it has read.
        command = f"head --bytes={limit} /dev/zero | tail --lines=1"
        self._podman.attempt("exec", self.name, "sh", "-c", command)

    def wait_exit(self, seconds):
        """Of a Job's: the exit code of its first container, once it has ended."""
        try:
            return int(self._podman.run("wait", self.name, timeout=seconds))
        except subprocess.TimeoutExpired:
            raise LocalError(f"{self.name} has not ended after {seconds} s.") from None

    def keep_log(self):
        """Leaves what it has said so far in a file."""
        done = self._podman.attempt("logs", self.name)
        (self._place.folder / "logs" / f"{self.name}.log").write_bytes(done.stdout + done.stderr)

    def leave(self):
        """Looks after it no more, and keeps its log; whoever calls removes its containers."""
        self._stop.set()
        if self._thread:
            self._thread.join()
        self.keep_log()

    def remove(self):
        """Removes its containers, whatever they do."""
        for each in reversed(self.containers):
            self._podman.run("rm", "--force", "--time=0", each)
        shutil.rmtree(self._folder, ignore_errors=True)

    def last_words(self):
        """The end of its log."""
        done = self._podman.attempt("logs", "--tail=5", self.name)
        return (done.stdout + done.stderr).decode(errors="replace").strip()

    def _write_volumes(self):
        for volume in self.spec.get("volumes", []):
            folder = self._folder / volume["name"]
            folder.mkdir(parents=True)
            for name, content, mode in pods.volume_files(volume, self._place.find):
                (folder / name).write_bytes(content)
                _let_read(folder / name, mode)

    def _open_process(self):
        """A descriptor of its first container's process; None where that has ended already."""
        pid = self.pid()
        return os.pidfd_open(pid) if pid else None

    def _exit_code(self):
        return int(self._podman.run("inspect", "--format={{.State.ExitCode}}", self.name))

    def _exited(self):
        return self._process is None or bool(select.select([self._process], [], [], 0)[0])

    def _look_after(self):
        """Asks the probes in their time, and starts again what has exited or is not alive."""
        container = self.spec["containers"][0]
        due, gauges = self._begin(container)
        while not self._stop.wait(_LOOKS_AFTER):
            if self._exited():
                self._start_again("has exited")
                due, gauges = self._begin(container)
                continue
            for kind in ("liveness", "readiness") if self.started else ("startup",):
                probe = container.get(f"{kind}Probe")
                if probe is None or time.monotonic() < due[kind] or self._stop.is_set():
                    continue
                due[kind] = time.monotonic() + probe.get("periodSeconds", 10)
                failed = gauges[kind].take(probes.ask(probe, self.address))
                self.asked[kind] += 1
                if self._stop.is_set():
                    return
                if kind == "readiness":
                    self._be_ready(gauges[kind].passing)
                elif kind == "startup":
                    self.started = gauges[kind].passing
                else:
                    self.alive = gauges[kind].passing
                if failed and kind != "readiness":
                    self._podman.run("stop", "--time=10", self.name)
                    break

    def _begin(self, container):
        """When each probe is due, and what it has come to so far."""
        self.started = "startupProbe" not in container
        self.alive = True
        now = time.monotonic()
        due, gauges = {}, {}
        for kind in ("startup", "liveness", "readiness"):
            probe = container.get(f"{kind}Probe", {})
            due[kind] = now + probe.get("initialDelaySeconds", 0)
            gauges[kind] = probes.Gauge(probe, passing=kind == "liveness")
        return due, gauges

    def _be_ready(self, ready):
        if ready != self.ready:
            self.ready = ready
            self._place.changed()

    def _start_again(self, why):
        self._be_ready(False)
        self._place.tell(f"{self.name} {why}, and is started again:\n{self.last_words()}")
        self.ended_with = self._exit_code()
        self.restarts += 1
        if self._stop.wait(_AGAIN_AFTER):
            return
        self._podman.run("start", self.name)
        if self._process is not None:
            os.close(self._process)
        self._process = self._open_process()

    def _before_stop(self, until):
        hook = self.spec["containers"][0].get("lifecycle", {}).get("preStop", {})
        if "sleep" in hook:
            time.sleep(hook["sleep"]["seconds"])
        elif "exec" in hook:
            try:
                patience = until - time.monotonic()
                self._podman.run("exec", self.name, *hook["exec"]["command"], timeout=patience)
            except subprocess.TimeoutExpired:
                raise LocalError(f"The preStop hook of {self.name} outlasts its grace.") from None


def _let_read(path, mode):
    """As a kubelet leaves files of volumes: of root, readable for the pod's group."""
    os.chmod(path, mode)
    os.chown(path, 0, USER)
