"""Says once, not for every test, that the tools are not there."""

import pytest

from deploy.tests.rendering import TOOLS


def pytest_sessionstart():
    if not (TOOLS / "packages").exists():
        pytest.exit("There are no tools for manifests: ./dev test deploy installs them.", 1)
