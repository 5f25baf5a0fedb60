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
from deploy.local.processes import LocalError, end_on_signals
from deploy.local.stack import ROOT
from tests import reasons

_OUT = ROOT / "build/test"
_LAST_WORDS = 20


@dataclass
class Count:
    """How many test cases passed and failed; those skipped are neither."""

    passed: int = 0
    failed: int = 0

    def add(self, cases):
        """Adds the cases of a report."""
        for case in cases:
            if _failures(case):
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
            "LSAN_OPTIONS": f"suppressions='{ROOT / 'tests/lsan.supp'}':print_suppressions=0",
            "TSAN_OPTIONS": "ignore_noninstrumented_modules=1:"
            f"suppressions='{ROOT / 'tests/tsan.supp'}'",
            "UBSAN_OPTIONS": "halt_on_error=1:print_stacktrace=1",
        }
        # Tests stop and break servers: each has its own.
        self._environment.pop("SCHARNIER_DATABASE_URL", None)

    def cpp(self, preset, *selection):
        """Runs the test programs that ctest selects, two at a time, and counts their cases."""
        reports = _OUT / f"cpp-{preset}"
        shutil.rmtree(reports, ignore_errors=True)
        command = ["ctest", "--test-dir", str(ROOT / "build" / preset), *selection]
        listed = subprocess.run([*command, "--show-only=json-v1"], capture_output=True, check=True)
        programs = [test["name"] for test in json.loads(listed.stdout)["tests"]]
        if not programs:
            return
        _say(f"C++, {preset}: {', '.join(programs)}")
        summary = _OUT / f"ctest-{preset}.xml"
        subprocess.run(
            [*command, "--parallel", "2", "--quiet", "--output-junit", str(summary)],
            check=False,
            env={
                **self._environment,
                "GTEST_OUTPUT": f"xml:{reports}/",
                "GTEST_COLOR": "no",
            },
        )
        output = {case.get("name"): case.findtext("system-out") for case in _cases(summary)}
        failed = {
            case.get("name") for case in _cases(summary) if case.find("failure") is not None
        }
        for program in programs:
            cases = _cases(reports / f"{program}.xml")
            if cases is None:
                self.count.failed += 1
                last = "\n".join(output[program].splitlines()[-_LAST_WORDS:])
                print(f"{program} died; its last lines:\n{last}")
                continue
            self.count.add(cases)
            told = 0
            for case in cases:
                for failure in _failures(case):
                    told += 1
                    name = f"{case.get('classname')}.{case.get('name')}"
                    print(f"FAILED {program} {name}\n{failure.text.strip()}")
            if program in failed and not told:
                # A sanitizer speaks after the last case, when the report has been written.
                self.count.failed += 1
                last = "\n".join(output[program].splitlines()[-_LAST_WORDS:])
                print(f"{program} failed after its last case; its last lines:\n{last}")
        self._say_count()

    def python(self, name, *arguments):
        """Runs pytest, which tells its failures itself, and counts its cases."""
        report = _OUT / f"{name}.xml"
        report.unlink(missing_ok=True)
        _say(f"Python: {name}")
        exit_code = subprocess.run(
            [
                *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header"),
                *(f"--junitxml={report}", *arguments),
            ],
            check=False,
            cwd=ROOT,
            env=self._environment,
        ).returncode
        cases = _cases(report)
        if cases is None:
            self.count.failed += 1
            print(f"pytest died with exit code {exit_code}")
        else:
            failed_before = self.count.failed
            self.count.add(cases)
            if exit_code not in (0, 5) and self.count.failed == failed_before:
                self.count.failed += 1
                print(f"pytest ended with exit code {exit_code}")
        self._say_count()

    def reasons(self):
        """Every reason that the protos promise has to be raised by some test: one case each."""
        _say("Reasons of errors")
        unseen = reasons.promised() - reasons.seen(self._reasons_seen)
        for reason in sorted(unseen):
            print(f"no test raises {reason}")
        self.count.failed += len(unseen)
        self.count.passed += len(reasons.promised()) - len(unseen)

    def _say_count(self):
        print(f"so far {self.count.passed} passed, {self.count.failed} failed", flush=True)


def run(which, server_url):
    """Runs what the arguments of ./dev test ask for, and returns the count."""
    tests = Run(server_url)
    quick = ["-m", "not long"]
    if not which or which == ["long"]:
        for tier in ("unit", "postgres"):
            tests.cpp("dev", "-L", f"^{tier}$")
        tests.python("contract", "tests/contract")
        tests.python("deploy", "deploy/tests")
        tests.python("functional", "tests", "--ignore=tests/contract", *([] if which else quick))
        tests.reasons()
        if which:
            tests.cpp("asan")
            tests.cpp("tsan")
    for name in which:
        if name in ("unit", "postgres"):
            tests.cpp("dev", "-L", f"^{name}$")
        elif name == "contract":
            tests.python(name, "tests/contract")
        elif name == "deploy":
            tests.python(name, "deploy/tests")
        elif name == "functional":
            tests.python(name, "tests", "--ignore=tests/contract", *quick)
        elif name != "long":
            tests.cpp("dev", "-R", name)
            tests.python("selected", "tests", "-k", name)
    return tests.count


def main():
    """Exit code 0 when tests ran and none failed."""
    end_on_signals()
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
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    finally:
        postgres.stop()
        postgres.remove()
    print(f"\n{count.passed} passed, {count.failed} failed", flush=True)
    sys.exit(0 if count.passed and not count.failed else 1)


def _cases(report):
    """The cases of a report in JUnit's format; None when there is no whole one."""
    try:
        return list(ElementTree.parse(report).getroot().iter("testcase"))
    except (OSError, ElementTree.ParseError):
        return None


def _failures(case):
    return case.findall("failure") + case.findall("error")


def _say(text):
    print(f"== {text}", flush=True)


if __name__ == "__main__":
    main()
