"""Turns text files, such as templates, into a C++ header.

One constant a file: `layout_html.mustache` becomes kLayoutHtml.
"""

import argparse
import pathlib


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--namespace", required=True)
    parser.add_argument("--out", required=True, type=pathlib.Path)
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    args = parser.parse_args()
    lines = ["// Made by embed_text.py; do not edit.", "#pragma once", ""]
    lines += [f"namespace {args.namespace} {{", ""]
    for path in sorted(args.files):
        text = path.read_text()
        assert ')text"' not in text
        name = "".join(word.capitalize() for word in path.stem.split("_"))
        lines.append(f'inline constexpr char k{name}[] = R"text({text})text";')
    lines += ["", f"}}  // namespace {args.namespace}", ""]
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text("\n".join(lines))


if __name__ == "__main__":
    main()
