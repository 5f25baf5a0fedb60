"""pgbench with the statements of our own .sql files: what PostgreSQL alone would make of them."""

import os
import re
import subprocess

from deploy.local.postgres import binary
from deploy.local.stack import ROOT

_BLOCK = re.compile(r"^-- name: (\w+)\n(.*?)(?=^-- name: |\Z)", re.MULTILINE | re.DOTALL)
_RATE = re.compile(r"^tps = ([\d.]+)", re.MULTILINE)


def statement(file, name, *values):
    """The query `name` of a .sql file, with an SQL expression in place of each parameter."""
    queries = dict(_BLOCK.findall((ROOT / file).read_text()))
    text = "\n".join(line for line in queries[name].splitlines() if not line.startswith("--"))
    return re.sub(r"\$(\d+)", lambda number: values[int(number[1]) - 1], text).strip()


def rate(stack, service, script, clients, seconds):
    """Transactions a second of a script, prepared, over the unix socket."""
    postgres = stack.postgres
    path = stack.run_dir / "pgbench.sql"
    path.write_text(script)
    environment = {
        **os.environ,
        "PGHOST": str(postgres.folder),
        "PGPORT": str(postgres.port),
        "PGUSER": "postgres",
        "PGPASSWORD": postgres.password,
        "PGOPTIONS": f"-csearch_path={service}",
    }
    command = [
        *(binary("pgbench"), "--no-vacuum", "--protocol=prepared", f"--file={path}"),
        *(f"--client={clients}", f"--jobs={min(clients, 2)}", f"--time={seconds}"),
        stack.database.name,
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = _RATE.search(done.stdout)
    if done.returncode != 0 or not found:
        raise RuntimeError(f"pgbench: {(done.stderr or done.stdout).strip()}")
    return float(found[1])


def best_clients(stack, service, script):
    """The number of clients at which the script is fastest."""
    rates = {
        clients: rate(stack, service, script, clients, 2) for clients in (1, 2, 4, 8, 16, 32, 64)
    }
    return max(rates, key=rates.get)
