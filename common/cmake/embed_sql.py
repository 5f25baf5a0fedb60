"""Turns .sql files into C++ headers: named queries, and migrations in order.

A query file has blocks that begin with `-- name: VerbNoun`; comments after it stay out of the text.
"""

import argparse
import pathlib
import re
import sys


def literal(text):
    """A raw string literal; MSVC limits do not concern us, but the delimiter must not occur."""
    assert ')sql"' not in text
    return f'R"sql({text})sql"'


def pascal(stem):
    return "".join(word.capitalize() for word in stem.split("_"))


def queries(path):
    """Yields (name, text) of each block of a query file."""
    blocks = re.split(r"^-- name: *(\w+) *$", path.read_text(), flags=re.MULTILINE)
    for name, body in zip(blocks[1::2], blocks[2::2]):
        lines = [line for line in body.splitlines() if not line.lstrip().startswith("--")]
        text = "\n".join(lines).strip().rstrip(";")
        if not text:
            sys.exit(f"{path}: query {name} is empty")
        yield name, text


def header(namespace, includes, body):
    lines = ["// Made by embed_sql.py; do not edit.", "#pragma once", ""]
    lines += [*includes, "", f"namespace {namespace} {{", ""]
    return "\n".join(lines + body + ["", f"}}  // namespace {namespace}", ""])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("files", nargs="*", type=pathlib.Path)
    args = parser.parse_args()
    scope = f"scharnier::{args.namespace}"
    (args.out / "sql").mkdir(parents=True, exist_ok=True)

    seen, arrays = {}, []
    for path in sorted(f for f in args.files if f.parent.name == "sql"):
        array = f"k{pascal(path.stem)}"
        rows = []
        for name, text in queries(path):
            if name in seen:
                sys.exit(f"{path}: query {name} is also in {seen[name]}")
            seen[name] = path.name
            rows.append(f'    {{"{name}", {literal(text)}}},')
        arrays.append((path.name, array))
        body = [f"inline constexpr db::Query {array}[] = {{", *rows, "};"]
        out = header(f"{scope}::sql", ['#include "common/db/query.h"'], body)
        (args.out / "sql" / f"{path.name}.h").write_text(out)

    includes = ["#include <vector>", "", '#include "common/db/query.h"']
    includes += [f'#include "{args.folder}/sql/{name}.h"' for name, _ in arrays]
    body = ["// Every query, for the test that prepares them all."]
    body += ["inline std::vector<db::Query> All() {", "  std::vector<db::Query> all;"]
    for _, array in arrays:
        body.append(f"  for (const db::Query& query : {array}) all.push_back(query);")
    body += ["  return all;", "}"]
    (args.out / "sql" / "all.sql.h").write_text(header(f"{scope}::sql", includes, body))

    rows = []
    for path in sorted(f for f in args.files if f.parent.name == "migrations"):
        rows.append(f'      {{"{args.namespace}/{path.stem}", {literal(path.read_text())}}},')
    if rows:
        body = ["// The migrations, in order."]
        body += ["inline std::vector<db::Migration> Migrations() {", "  return {"]
        body += [*rows, "  };", "}"]
        out = header(scope, ["#include <vector>", "", '#include "common/db/migrate.h"'], body)
        (args.out / "migrations.sql.h").write_text(out)


if __name__ == "__main__":
    main()
