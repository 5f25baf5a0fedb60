"""Renders manifests as `kubectl apply -k` does, without a cluster or a network.

    documents = rendering.overlay("production")
    documents = rendering.combination("tls", "monitoring")   # the base and these components
"""

import functools
import shutil
import subprocess
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
TOOLS = ROOT / "build/deploy-tools"  # filled by ./dev
KUBECTL = TOOLS / "kubectl"
KUBERNETES = ROOT / "deploy/kubernetes"
OVERLAYS = sorted(path.name for path in (KUBERNETES / "overlays").iterdir())
COMPONENTS = sorted(path.name for path in (KUBERNETES / "components").iterdir())
# Everything at once, once for each way to have a database.
_ALL = ("external-secrets", "tls", "autoscaling", "monitoring", "site")
WHOLES = [(database, *_ALL) for database in COMPONENTS if database.startswith("postgres-")]
_FOLDER = ROOT / "build/test/deploy"
_SITE = {
    "release": "r7",
    "public-name": "api.example.org",
    "vault": "https://vault.example.org",
    "vault-path": "scharnier",
    "vault-mount": "kubernetes",
    "backup-endpoint": "https://objects.example.org",
    "backup-path": "s3://backup/",
    "issuer-cidr": "198.51.100.1/32",
    "relay-cidr": "198.51.100.2/32",
    "postgres-cidr": "198.51.100.3/32",
    "kubernetes-api-cidr": "198.51.100.4/32",
    "backup-cidr": "198.51.100.5/32",
}


class RenderError(Exception):
    """What kubectl said."""


@functools.cache
def overlay(name):
    """The documents of an overlay; who changes them copies them first."""
    return documents(KUBERNETES / "overlays" / name)


@functools.cache
def combination(*components):
    """The documents of the base with these components, in this order; as above."""
    site = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {
            "name": "site",
            "annotations": {"config.kubernetes.io/local-config": "true"},
        },
        "data": _SITE,
    }
    images = ("scharnier", "envoyproxy/envoy")
    return _made(
        "-".join(components) or "base",
        {"site.yaml": yaml.dump(site)},
        resources=["base"],
        components=[f"components/{each}" for each in components],
        images=[{"name": name, "digest": "sha256:" + "1" * 64} for name in images],
    )


def patched(name, patch, target=None):
    """The documents of an overlay with one more patch, which is YAML; what it is for, where it does
    not say so itself."""
    return _made(
        "patched",
        {"patch.yaml": patch},
        resources=[f"overlays/{name}"],
        patches=[{"path": "patch.yaml", **({"target": target} if target else {})}],
    )


def _made(name, files, resources, components=(), **rest):
    """Renders a kustomization with these files, some of which are resources; folders are those of
    deploy/kubernetes."""
    folder = _FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / file).write_text(text)
    up = Path(*[".."] * len(folder.relative_to(ROOT).parts), "deploy/kubernetes")
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "namespace": "scharnier",
        "resources": [*(str(up / each) for each in resources), *({"site.yaml"} & set(files))],
        "components": [str(up / each) for each in components],
        **rest,
    }
    (folder / "kustomization.yaml").write_text(yaml.dump(kustomization))
    return documents(folder)


def documents(folder):
    """Those that a folder with a kustomization renders to."""
    return list(yaml.load_all(text(folder), yaml.CSafeLoader))


def text(folder):
    """What such a folder renders to."""
    done = subprocess.run(
        [KUBECTL, "kustomize", folder], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise RenderError(done.stderr.strip())
    return done.stdout
