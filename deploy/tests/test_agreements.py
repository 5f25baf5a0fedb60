"""What the manifests and other parts of the house both say is the same."""

import re
import subprocess

import pytest
import yaml

from deploy.gateway.settings import read_cluster
from deploy.local.stack import BUILD, SERVICES
from deploy.tests import rendering, rules, types
from deploy.tests.suite import Suite

_LOGINS = rendering.KUBERNETES / "components/postgres-cnpg/common"
_SQL = rendering.ROOT / "deploy/database/sql"
_GATEWAY = rendering.ROOT / "deploy/gateway/cluster"
_OPERATIONS = rendering.ROOT / "docs/operations.md"
_MIB = 1 << 20


@pytest.fixture(name="suite")
def a_suite():
    return Suite(rendering.overlay("production"))


def _pod(suite, component, app):
    (pod,) = [each for each in suite.pods(component) if each.app == app]
    return pod


@pytest.mark.parametrize("component, verb", [("service", "serve"), ("migration", "migrate")])
@pytest.mark.parametrize("service", SERVICES)
def test_services_know_what_they_are_told(suite, service, component, verb):
    """Every variable is a setting, and every setting that is required is there."""
    help_text = subprocess.run(
        [BUILD / service, verb, "--help"], capture_output=True, text=True, check=True
    ).stdout
    settings = re.findall(r"^  --([a-z-]+).*\n +(.*)$", help_text, re.MULTILINE)
    known = {"SCHARNIER_" + name.upper().replace("-", "_"): text for name, text in settings}
    told = suite.environment(_pod(suite, component, service))
    assert {name for name in told if name.startswith("SCHARNIER_")} <= set(known)
    required = {name for name, text in known.items() if text.endswith("; required")}
    assert required <= set(told)


def test_every_service_is_deployed(suite):
    assert [pod.app for pod in suite.pods("service")] == SERVICES


def test_the_gateway_believes_whom_services_believe(suite):
    told = suite.environment(_pod(suite, "service", "events"))
    settings = read_cluster(_GATEWAY / "settings.yaml")
    assert sorted(settings.services) == SERVICES
    assert {
        "SCHARNIER_SPIFFE_PREFIX": settings.spiffe_prefix,
        "SCHARNIER_OIDC_ISSUER": settings.issuer.issuer,
        "SCHARNIER_OIDC_AUDIENCE": settings.issuer.audience,
        "SCHARNIER_OIDC_JWKS_URL": settings.issuer.jwks_url,
    }.items() <= told.items()


def test_the_gateway_finds_its_ports_files_and_memory(suite):
    settings = read_cluster(_GATEWAY / "settings.yaml")
    pod = _pod(suite, "gateway", "gateway")
    ports = {each["name"]: each["containerPort"] for each in pod.container["ports"]}
    assert ports == {"https": settings.listen.port, "status": settings.ready.port}
    mounts = {each["mountPath"] for each in pod.container["volumeMounts"]}
    configuration = "".join(path.read_text() for path in _GATEWAY.glob("*.yaml"))
    files = re.findall(r"filename: (/etc/scharnier/\S+)", configuration)
    assert files and {path.rpartition("/")[0] for path in files} <= mounts
    limit = pod.container["resources"]["limits"]["memory"]
    assert settings.heap_bytes * 1.25 <= int(limit.removesuffix("Mi")) * _MIB


@pytest.mark.parametrize("service", SERVICES)
def test_logins_are_those_of_deploy_database(service):
    """CloudNativePG runs statements as they stand, without psql's variables and passwords."""
    expected = []
    for role in (f"svc_{service}", f"audit_{service}"):
        text = (_SQL / "role.sql").read_text()
        text = text.replace(" PASSWORD :'password'", "").replace(':"role"', role)
        expected += _statements(text.replace(':"schema"', service))
        expected.append(f"GRANT CONNECT ON DATABASE scharnier TO {role}")
    # It says how passwords are kept; there are none.
    expected = [each for each in expected if not each.startswith("SET password_encryption")]
    assert _statements((_LOGINS / f"{service}.sql").read_text()) == expected


def test_databases_are_closed_as_those_of_deploy_database():
    expected = (_SQL / "database.sql").read_text().replace(':"database"', "scharnier")
    assert _statements((_LOGINS / "database.sql").read_text()) == _statements(expected)


@pytest.mark.parametrize("name", rendering.OVERLAYS)
def test_operations_names_every_secret(name):
    """Whoever makes them by hand finds each there."""
    operations = _OPERATIONS.read_text()
    suite = Suite(rendering.overlay(name))
    mounted = {
        re.sub(rf"^({'|'.join(SERVICES)}|gateway)-", "NAME-", secret)
        for secret in _secrets_of(suite)
    }
    assert {each for each in mounted if f"`{each}`" not in operations} == set()


def _secrets_of(suite):
    for pod in suite.pods():
        for volume in pod.volumes:
            if "secret" in volume:
                yield volume["secret"]["secretName"]
            for source in volume.get("projected", {}).get("sources", []):
                yield source["secret"]["name"]
    for cluster in suite.clusters():
        yield cluster["spec"]["bootstrap"]["initdb"]["secret"]["name"]
        yield from (each["passwordSecret"]["name"] for each in cluster["spec"]["managed"]["roles"])
    for store in suite.of("ObjectStore"):
        keys = store["spec"]["configuration"]["s3Credentials"].values()
        yield from (each["name"] for each in keys)


def test_a_restore_as_operations_says_keeps_the_rules():
    """The patch stays in the overlay, whose tests go on to pass."""
    (patch,) = re.findall(r"```yaml\n(.*?)```", _OPERATIONS.read_text(), re.DOTALL)
    documents = rendering.patched("production", patch)
    suite = Suite(documents)
    spec = suite.find("Cluster", "events-postgres")["spec"]
    assert list(spec["bootstrap"]) == ["recovery"]
    # Nobody writes into an archive from which somebody has begun.
    written, read = spec["plugins"][0], spec["externalClusters"][0]["plugin"]
    assert written["parameters"]["serverName"] != read["parameters"]["serverName"]
    assert [text for _, text in rules.broken(suite)] == []
    assert types.check({"it": suite.find("Cluster", "events-postgres")}) == {}


def test_patches_as_operations_says_keep_the_rules():
    """Those for clusters that pull from a private registry, or keep names on their nodes."""
    before, changed = rendering.overlay("production"), {}
    (block,) = re.findall(r"^( +)patches:\n((?:\1  .*\n)+)", _OPERATIONS.read_text(), re.MULTILINE)
    for each in yaml.safe_load(block[1]):
        documents = rendering.patched("production", each["patch"], each["target"])
        assert [text for _, text in rules.broken(Suite(documents))] == []
        changed |= {str(each): each for each in documents if each not in before}
    assert {each["kind"] for each in changed.values()} == {"NetworkPolicy", "ServiceAccount"}
    assert types.check(changed) == {}


def _statements(text):
    """Without comments, line breaks and what psql does itself."""
    plain = re.sub(r"--.*", "", text)
    return [" ".join(each.split()) for each in plain.split(";") if each.strip()]
