"""The gateway on this machine: Envoy from PyPI's wheel in build/envoy, configured as on a cluster.

    gateway = Gateway(stack, run_dir, origins=["https://loket.example.org"])
    gateway.child.start()
    gateway.is_ready()
    gateway.address          # "127.0.0.1:20123": HTTPS, gRPC and gRPC-Web
"""

import dataclasses
import subprocess
import urllib.error
import urllib.request

from deploy.gateway.render import CLUSTER, write
from deploy.gateway.settings import Address, Files, Issuer, Rate, Service, Settings
from deploy.local.authority import SPIFFE_PREFIX
from deploy.local.processes import Child, free_port
from deploy.local.signing import AUDIENCE

NAME = "gateway"
_HOST = "127.0.0.1"
# One program plays everybody here.
_PATIENT = Rate(a_second=5000, burst=20000)
_PAGES = ["https://loket.example.org"]


def find_envoy(build):
    """The program, below a build folder; None where it could not be had."""
    envoy = build / "envoy/envoy/_bin/envoy"
    return envoy if envoy.exists() else None


class Gateway:
    """An Envoy before the services of a stack. `settings` replace fields of Settings."""

    def __init__(self, stack, envoy, descriptors, **settings):
        folder = stack.run_dir / NAME
        folder.mkdir()
        listen, ready = (Address(_HOST, free_port()) for _ in range(2))
        self.address = str(listen)
        self.ready_address = str(ready)
        self.admin_address = f"{_HOST}:{free_port()}"
        self.settings = dataclasses.replace(
            Settings(
                listen=listen,
                ready=ready,
                admin_port=Address.parse(self.admin_address).port,
                services={name: _service(stack, name) for name in stack.services},
                spiffe_prefix=SPIFFE_PREFIX,
                descriptors=descriptors,
                secrets=folder,
                public=_files(stack),
                own=_files(stack),
                issuer=Issuer(stack.issuer.url, AUDIENCE, stack.issuer.jwks_url, stack.ca_file),
                caller=_PATIENT,
                address=_PATIENT,
                large=_PATIENT,
                origins=_PAGES,
            ),
            **settings,
        )
        configuration = folder / "envoy.yaml"
        write(self.settings, configuration)
        # Two workers are enough on a machine that runs everything else as well.
        argv = [envoy, "-c", configuration, "--concurrency", "2", "--disable-hot-restart"]
        argv += ["--log-level", "warning", "--drain-time-s", "10"]
        log, record = stack.log_path(NAME), stack.run_dir / "pids" / NAME
        self.child = Child(NAME, argv, log, record)

    def drain(self, seconds):
        """Does what a cluster does before it ends a gateway; it still runs afterwards."""
        command = [CLUSTER / "drain", str(seconds), str(self.settings.admin_port)]
        subprocess.run(command, check=True)

    def is_ready(self):
        """Whether it answers its probes that it takes calls."""
        try:
            with urllib.request.urlopen(f"http://{self.ready_address}/ready", timeout=1) as answer:
                return answer.status == 200
        except (urllib.error.URLError, OSError):
            return False


def _service(stack, name):
    api, health = stack.address(name), stack.health_address(name)
    return Service(_HOST, Address.parse(api).port, Address.parse(health).port)


def _files(stack):
    """One certificate for both sides: it is localhost's, and the gateway's as a service."""
    files = stack.certificate(NAME)
    return Files(files.certificate, files.key, stack.ca_file)
