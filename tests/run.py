"""`./dev test`: runs the tests of all languages against one throw-away PostgreSQL and counts them.

Ends with "N passed, N failed"; exit code 0 when there was at least one test and none failed.
"""

import json
import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

from deploy.local.postgres import PrivatePostgres
from deploy.local.processes import LocalError
from deploy.local.stack import ROOT
from tests import reasons

_OUT = ROOT / "build/test"
_TIERS = ("unit", "postgres", "contract", "functional")
# Our own concurrency: of Debian's gRPC alone ThreadSanitizer reports a thousand races.
_OWN_CONCURRENCY = "*Executor*:*Batcher*:*Pool*:*Subscriber*"


@dataclass
class Count:
    """How many test cases passed and failed; those skipped are neither."""

    passed: int = 0
    failed: int = 0

    def add_junit(self, path, name):
        """Adds the cases of a report. No whole one: the program died, one failure."""
        try:
            root = ElementTree.parse(path).getroot()
        except (OSError, ElementTree.ParseError):
            print(f"{name} ended without a report")
            self.failed += 1
            return
        for case in root.iter("testcase"):
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed += 1
            elif case.find("skipped") is None and case.get("status") != "notrun":
                self.passed += 1


class Run:
    """One run of the tests, with what they need in the environment."""

    def __init__(self, server_url):
        self.count = Count()
        self._reasons_seen = _OUT / "reasons_seen"
        self._environment = {
            **os.environ,
            "SCHARNIER_TEST_DATABASE_URL": server_url,
            "SCHARNIER_REASONS_SEEN": str(self._reasons_seen),
            "ASAN_OPTIONS": "detect_leaks=1",
            "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
        }

    def cpp(self, preset, *selection, gtest_filter="*"):
        """Runs the test programs that ctest selects, two at a time, and counts their cases."""
        reports = _OUT / f"cpp-{preset}"
        shutil.rmtree(reports, ignore_errors=True)
        command = ["ctest", "--test-dir", str(ROOT / "build" / preset), *selection]
        listed = subprocess.run([*command, "--show-only=json-v1"], capture_output=True, check=True)
        programs = [test["name"] for test in json.loads(listed.stdout)["tests"]]
        if not programs:
            return
        _say(f"C++, {preset}: {', '.join(programs)}")
        subprocess.run(
            [*command, "--parallel", "2", "--output-on-failure", "--quiet", "--no-tests=ignore"],
            check=False,
            env={
                **self._environment,
                "GTEST_OUTPUT": f"xml:{reports}/",
                "GTEST_FILTER": gtest_filter,
                "GTEST_COLOR": "no",
                "GTEST_BRIEF": "1",
            },
        )
        before = self.count.failed
        for program in programs:
            self.count.add_junit(reports / f"{program}.xml", program)
        self._say_count(before)

    def python(self, name, *arguments):
        """Runs pytest and counts its cases."""
        report = _OUT / f"{name}.xml"
        report.unlink(missing_ok=True)
        _say(f"Python: {name}")
        exit_code = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                f"--junitxml={report}",
                *arguments,
            ],
            check=False,
            cwd=ROOT,
            env=self._environment,
        ).returncode
        nothing_collected = 5
        if exit_code != nothing_collected:
            before = self.count.failed
            self.count.add_junit(report, name)
            self._say_count(before)

    def reasons(self):
        """Every reason that the protos promise has to be raised by some test: one case each."""
        _say("Reasons of errors")
        unseen = reasons.promised() - reasons.seen(self._reasons_seen)
        for reason in sorted(unseen):
            print(f"no test raises {reason}")
        self.count.failed += len(unseen)
        self.count.passed += len(reasons.promised()) - len(unseen)

    def _say_count(self, failed_before):
        failed = self.count.failed - failed_before
        print(
            f"so far {self.count.passed} passed" + (f", here {failed} failed" if failed else ""),
            flush=True,
        )


def run(which, server_url):
    """Runs what the arguments of ./dev test ask for, and returns the count."""
    tests = Run(server_url)
    quick = ["-m", "not long"]
    if not which or which == ["long"]:
        for tier in ("unit", "postgres"):
            tests.cpp("dev", "-L", f"^{tier}$")
        tests.python("contract", "tests/contract")
        tests.python("functional", "tests", "--ignore=tests/contract", *([] if which else quick))
        tests.reasons()
        if which:
            tests.cpp("asan")
            tests.cpp("tsan", "-R", "^(runtime|db|changes)_test$", gtest_filter=_OWN_CONCURRENCY)
    for name in which:
        if name in ("unit", "postgres"):
            tests.cpp("dev", "-L", f"^{name}$")
        elif name == "contract":
            tests.python(name, "tests/contract")
        elif name == "functional":
            tests.python(name, "tests", "--ignore=tests/contract", *quick)
        elif name != "long":
            tests.cpp("dev", "-R", name)
            tests.python("selected", "tests", "-k", name)
    return tests.count


def main():
    """Exit code 0 when tests ran and none failed."""
    _OUT.mkdir(parents=True, exist_ok=True)
    for old in _OUT.glob("reasons_seen"):
        old.unlink()
    postgres = PrivatePostgres(_OUT, durable=False)
    try:
        postgres.create()
        postgres.start()
        count = run(sys.argv[1:], postgres.url())
    except LocalError as error:
        sys.exit(f"dev: {error}")
    finally:
        postgres.stop()
        postgres.remove()
    print(f"\n{count.passed} passed, {count.failed} failed", flush=True)
    sys.exit(0 if count.passed and not count.failed else 1)


def _say(text):
    print(f"== {text}", flush=True)


if __name__ == "__main__":
    main()
