"""Checks documents against the types of the Kubernetes API: no field may be unknown, of another
type, or missing. Each document becomes a constant in TypeScript, which tsc checks.

    problems = types.check({"a name": document, …})      # {"a name": ["what is wrong", …]}
"""

import json
import re
import shutil
import subprocess
from collections import defaultdict
from pathlib import Path

from deploy.tests.rendering import TOOLS

# Which module has the types of an API group; `crds` is ours, the rest are npm's.
_MODULES = {
    "barmancloud.cnpg.io": "./crds",
    "cert-manager.io": "@kubernetes-models/cert-manager/cert-manager.io/",
    "external-secrets.io": "@kubernetes-models/external-secrets/external-secrets.io/",
    "monitoring.coreos.com": "@kubernetes-models/prometheus-operator/monitoring.coreos.com/",
    "postgresql.cnpg.io": "./crds",
}
_OPTIONS = ["--noEmit", "--strict", "--skipLibCheck", "--target", "es2022"]
_RESOLUTION = ["--module", "nodenext", "--moduleResolution", "nodenext"]
_ERROR = re.compile(r"^(?:.*/)?d(\d+)\.ts\(\d+,\d+\): error TS\d+: (.*)$")


def check(documents):
    """What is wrong with each document, by its key; only those with problems are there."""
    folder = TOOLS / "types"  # where the modules of npm are found
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(Path(__file__).with_name("crds.d.ts"), folder)
    keys = list(documents)
    for number, key in enumerate(keys):
        (folder / f"d{number}.ts").write_text(_source(documents[key]), encoding="utf-8")
    files = sorted(folder.glob("*.ts"))
    done = subprocess.run(
        [TOOLS / "node_modules/.bin/tsc", *_OPTIONS, *_RESOLUTION, *files],
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    problems = defaultdict(list)
    for line in done.stdout.splitlines():
        if found := _ERROR.match(line):
            problems[keys[int(found[1])]].append(found[2])
    if bool(problems) != bool(done.returncode):
        raise RuntimeError(f"tsc ended with {done.returncode}: {done.stdout}{done.stderr}")
    return dict(problems)


def _source(document):
    group, _, version = document["apiVersion"].rpartition("/")
    module = _MODULES.get(group, f"kubernetes-models/{group}/" if group else "kubernetes-models/")
    if module.endswith("/"):
        module += version
    name = "I" + document["kind"]
    value = json.dumps(document, ensure_ascii=False)
    return (
        f"import type {{ {name} }} from {json.dumps(module)};\n"
        f"export const value: {name} = {value};\n"
    )
