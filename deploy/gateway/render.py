"""Envoy's configuration from the settings: the same here and on a cluster.

    write(settings, folder / "envoy.yaml")      # and the secrets' files beside it

    /usr/bin/python3 -m deploy.gateway.render   # writes anew what cluster/ holds, after a build
"""

import shutil
from pathlib import Path

import yaml

from deploy.gateway.api import read_methods
from deploy.gateway.envoy import socket, typed
from deploy.gateway.listener import listeners
from deploy.gateway.settings import read_cluster
from deploy.gateway.upstream import clusters

CLUSTER = Path(__file__).parent / "cluster"
_BUILT = Path(__file__).parents[2] / "build/dev/generated/scharnier.pb"
_TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret"


def configuration(settings, methods):
    """Envoy's bootstrap."""
    return {
        "node": {"id": "gateway", "cluster": "scharnier"},
        "admin": {"address": socket(settings.admin)},
        "static_resources": {
            "listeners": listeners(settings, methods),
            "clusters": clusters(settings),
        },
        "overload_manager": _overload(settings),
        "application_log_config": {
            "log_format": {
                "json_format": {"time": "%Y-%m-%dT%T.%eZ", "level": "%l", "message": "%j"}
            }
        },
    }


def secrets(settings):
    """Where certificates lie, by name, as Envoy's secret discovery reads each from a file."""
    suite = {
        "trusted_ca": {"filename": str(settings.own.ca)},
        "watched_directory": {"path": str(settings.own.ca.parent)},
    }
    return {
        "public": {"tls_certificate": _certificate(settings.public)},
        "own": {"tls_certificate": _certificate(settings.own)},
        "suite": {"validation_context": suite},
    }


def write(settings, path, descriptors=None):
    """Writes it, and a file for each secret beside it. The API is read from `descriptors` where
    the settings' own lie on another machine."""
    methods = [
        each
        for each in read_methods(descriptors or settings.descriptors)
        if each.service in settings.services
    ]
    path.write_text(_yaml(configuration(settings, methods)))
    for name, secret in secrets(settings).items():
        resource = {"@type": _TLS, "name": name, **secret}
        (path.parent / f"{name}.yaml").write_text(_yaml({"resources": [resource]}))


def _overload(settings):
    return {
        # So often that a line brings little meanwhile.
        "refresh_interval": "0.01s",
        "resource_monitors": [
            _monitor("fixed_heap", "FixedHeapConfig", max_heap_size_bytes=settings.heap_bytes),
            _monitor(
                "global_downstream_max_connections",
                "DownstreamConnectionsConfig",
                "downstream_connections",
                max_active_downstream_connections=settings.connections,
            ),
        ],
        "actions": [
            _at("shrink_heap", 0.85),
            # Of what is let in already, that which holds most ends first, down to 16 KiB: 50 calls
            # of each thread whenever the pressure has changed, which beyond its range it no longer
            # does; HTTP/2 alone.
            _from("reset_high_memory_stream", 0.80, 1.0),
            _at("stop_accepting_requests", 0.95),
            _at("stop_accepting_connections", 0.98),
        ],
        "buffer_factory_config": {"minimum_account_to_track_power_of_two": 14},
    }


def _monitor(name, config, folder=None, **fields):
    return {
        "name": f"envoy.resource_monitors.{name}",
        "typed_config": typed(f"resource_monitors.{folder or name}.v3.{config}", **fields),
    }


def _at(action, share):
    return _action(action, threshold={"value": share})


def _from(action, share, all_of_it):
    scaled = {"scaling_threshold": share, "saturation_threshold": all_of_it}
    return _action(action, scaled=scaled)


def _action(action, **trigger):
    trigger = {"name": "envoy.resource_monitors.fixed_heap", **trigger}
    return {"name": f"envoy.overload_actions.{action}", "triggers": [trigger]}


def _certificate(files):
    return {
        "certificate_chain": {"filename": str(files.certificate)},
        "private_key": {"filename": str(files.key)},
        "watched_directory": {"path": str(files.certificate.parent)},
    }


class _Dumper(yaml.SafeDumper):
    """Writes everything out: a reader need not look for what an anchor stands for."""

    def ignore_aliases(self, data):
        return True


def _yaml(document):
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=100)


def main():
    """Writes what a cluster mounts."""
    shutil.copy(_BUILT, CLUSTER / "scharnier.pb")
    write(read_cluster(CLUSTER / "settings.yaml"), CLUSTER / "envoy.yaml", _BUILT)


if __name__ == "__main__":
    main()
