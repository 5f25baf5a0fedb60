"""What is rendered has the API's types and keeps every rule."""

import pytest
import yaml

from deploy.tests import rendering, rules, types
from deploy.tests.suite import Suite

_COMBINATIONS = [(), *((each,) for each in rendering.COMPONENTS), *rendering.WHOLES]
# What somebody can run as it is: each overlay, and a database that is elsewhere.
_SUITES = {
    **{name: lambda name=name: rendering.overlay(name) for name in rendering.OVERLAYS},
    "elsewhere": lambda: rendering.combination(
        *next(each for each in rendering.WHOLES if each[0] == "postgres-external")
    ),
}


@pytest.mark.parametrize("components", _COMBINATIONS, ids=lambda each: "+".join(each) or "base")
def test_components_render(components):
    """Alone, each upon the base, and all at once."""
    documents = rendering.combination(*components)
    names = [(each["kind"], each["metadata"]["name"]) for each in documents]
    assert len(names) == len(set(names))
    assert ("ConfigMap", "site") not in names


def test_all_documents_have_the_types_of_the_api():
    documents = {}
    for name, render in _SUITES.items():
        documents |= _keyed(name, render())
    for components in _COMBINATIONS:
        documents |= _keyed("+".join(components), rendering.combination(*components))
    assert types.check(documents) == {}


@pytest.mark.parametrize("name", _SUITES)
def test_no_rule_is_broken(name):
    assert [text for _, text in rules.broken(Suite(_SUITES[name]()))] == []


def test_every_rule_says_what_it_wants():
    assert all(check.__doc__ for check in rules.RULES.values())


def test_environments_share_no_archive_vault_or_name():
    own = ("backup-path", "vault-path", "vault-mount", "public-name")
    sites = [rendering.KUBERNETES / "overlays" / name / "site.yaml" for name in rendering.OVERLAYS]
    for key in own:
        told = [yaml.safe_load(each.read_text())["data"].get(key) for each in sites]
        told = [each for each in told if each]
        assert len(told) == len(set(told)), key


def _keyed(name, documents):
    return {(name, each["kind"], each["metadata"]["name"]): each for each in documents}
