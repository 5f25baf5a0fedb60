"""`./dev bench [NAME…]`: measures, prints a table and writes build/bench/NAME.json."""

import json
import sys

from deploy.local.processes import LocalError
from deploy.local.stack import ROOT
from tests.bench import gateway, identity, organisations, skeleton

_BENCHES = {
    "gateway": gateway.measures,
    "skeleton": skeleton.measures,
    "identity": identity.measures,
    "organisations": organisations.measures,
}
_OUT = ROOT / "build/bench"


def main():
    """Runs the benches asked for, or all."""
    names = sys.argv[1:] or list(_BENCHES)
    for name in names:
        if name not in _BENCHES:
            sys.exit(f"dev: there is no bench '{name}'; there are {', '.join(_BENCHES)}.")
    for name in names:
        print(f"{name:<42}{'ours':>12}{'baseline':>12}{'ratio':>8}{'goal':>7}  unit", flush=True)
        rows = []
        for measure in _BENCHES[name](_OUT / name):
            row = measure.row()
            goal = "-" if row["goal"] is None else f"{row['goal']:.2f}"
            print(f"  {row['name']:<40}{row['ours']:>12,.0f}{row['baseline']:>12,.0f}"
                  f"{row['ratio']:>8.2f}{goal:>7}  {row['unit']}", flush=True)
            rows.append(row)
        (_OUT / f"{name}.json").write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    try:
        main()
    except (LocalError, RuntimeError) as problem:
        sys.exit(f"dev: {problem}")
