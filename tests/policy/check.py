"""Fails the build when the policy matrix and the protos differ: a method without rows, rows without
a method, a cell without outcome, or an outcome that the method's policy contradicts.

    python3 -m tests.policy.check --generated build/dev/generated/python --stamp FILE
"""

import argparse
import sys
from pathlib import Path

from tests.policy import methods
from tests.policy.table import Table

_ROOT = Path(__file__).resolve().parents[2]


def main():
    """Exit code 1, and a line each on stderr, where they differ."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--generated", type=Path, required=True)
    parser.add_argument("--stamp", type=Path, required=True)
    arguments = parser.parse_args()
    found, reasons = methods.load(arguments.generated, _ROOT / "proto")
    services = [path.parent.name for path in (_ROOT / "services").glob("*/main.cc")]
    policies = {name: methods.policy(method) for name, method in found.items()}
    problems = Table().check(policies, reasons, services)
    if problems:
        sys.exit("\n".join(["tests/policy does not fit the protos:", *problems]))
    arguments.stamp.touch()


if __name__ == "__main__":
    main()
