"""Whoever changes a manifest sees what becomes of it."""

import shutil

import pytest

from deploy.tests import difference, rendering


@pytest.fixture
def before(tmp_path):
    """The manifests as they are, somewhere else."""
    for each in ("kubernetes", "gateway", "observability"):
        shutil.copytree(rendering.KUBERNETES.parent / each, tmp_path / each)
    return tmp_path / "kubernetes"


def test_of_no_change_there_is_nothing_to_see(before):
    assert not list(difference.of("staging", before, rendering.KUBERNETES))


def test_what_a_base_says_is_seen_in_overlays(before):
    path = before / "base/every-deployment.yaml"
    path.write_text(path.read_text().replace("maxUnavailable: 0", "maxUnavailable: 1"))
    lines = list(difference.of("production", before, rendering.KUBERNETES))
    assert lines[:2] == ["--- before/production\n", "+++ after/production\n"]
    gone = {each.strip() for each in lines if each.startswith("-  ")}
    assert gone == {"-      maxUnavailable: 1"}


def test_an_overlay_that_is_new_is_seen_whole(before):
    shutil.rmtree(before / "overlays/dev")
    lines = list(difference.of("dev", before, rendering.KUBERNETES))
    assert len(lines) > 3 and all(each.startswith("+") for each in lines[3:])
