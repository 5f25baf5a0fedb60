"""What services and databases agree on: connections, logins, backups."""

import re

from deploy.tests.rules import rule

# Besides its pool, a service listens for changes on a connection of its own; its audit trail is
# read through two (common/host/host.cc).
_LISTENERS = 1
_AUDIT = 2
# For migrations, people and the operator, beside what only superusers get.
_RESERVE = 15
# What makes a write durable, as PostgreSQL has it by itself.
_DURABLE = {"fsync", "full_page_writes", "synchronous_commit"}
# The one that may be of one instance, without backup (components/postgres-cnpg-shared).
_TO_TRY_OUT = "scharnier-postgres"


@rule
def budgets_of_databases(suite):
    """One instance has none, or no node could ever go; several have one."""
    for cluster in suite.clusters():
        spec = cluster["spec"]
        if spec.get("enablePDB", True) != (spec["instances"] > 1):
            yield f"Cluster {cluster['metadata']['name']}: enablePDB does not fit its instances"


@rule
def connections_suffice(suite):
    """Logins may have what all pods take while as many old ones drain beside them; and all logins
    together fit into the server's connections."""
    for cluster in suite.clusters():
        name, spec = cluster["metadata"]["name"], cluster["spec"]
        limits = {each["name"]: each.get("connectionLimit", -1) for each in _logins(cluster)}
        for pod in _clients(suite, cluster):
            pool = int(suite.environment(pod).get("SCHARNIER_POOL_SIZE", "8"))
            taken = {f"svc_{pod.app}": pool + _LISTENERS, f"audit_{pod.app}": _AUDIT}
            for login, each in taken.items():
                most = 2 * suite.most_replicas(pod) * each
                if not most <= limits.get(login, 0):
                    yield f"Cluster {name}: {login} has {limits.get(login)}, pods take {most}"
        parameters = spec.get("postgresql", {}).get("parameters", {})
        reserved = int(parameters.get("superuser_reserved_connections", 3)) + _RESERVE
        there = int(parameters.get("max_connections", 100))
        if min(limits.values(), default=-1) < 0 or sum(limits.values()) + reserved > there:
            yield f"Cluster {name}: {limits} and {reserved} do not fit into {there} connections"


@rule
def logins_are_their_own(suite):
    """A service connects as its login, reads its audit trail as another, migrates as the owner;
    logins are nothing but logins, and made by deploy/database's statements."""
    for pod in suite.pods("service"):
        told = suite.environment(pod)
        for setting, login in (("DATABASE_URL", "svc"), ("AUDIT_DATABASE_URL", "audit")):
            if told.get(f"SCHARNIER_{setting}") != f"postgresql://{login}_{pod.app}@/scharnier":
                yield f"{pod.name}: {setting} is not of {login}_{pod.app}"
    for pod in suite.pods("migration"):
        url = suite.environment(pod).get("SCHARNIER_DATABASE_URL")
        if url != "postgresql://scharnier_migrator@/scharnier":
            yield f"{pod.name}: does not migrate as the owner"
    for pod in suite.pods("service", "migration"):
        told = suite.environment(pod)
        if told.get("PGSSLMODE") != "verify-full" or "PGSSLROOTCERT" not in told:
            yield f"{pod.name}: does not verify whose database it is"
    for cluster in suite.clusters():
        name = cluster["metadata"]["name"]
        apps = sorted({pod.app for pod in _clients(suite, cluster)})
        # It begins with nothing, or with what a backup has, logins included.
        ((way, begin),) = cluster["spec"]["bootstrap"].items()
        scripts = begin.get("postInitApplicationSQLRefs", {}).get("configMapRefs", [])
        if way == "initdb" and [each["key"] for each in scripts] != [
            "database.sql",
            *(f"{app}.sql" for app in apps),
        ]:
            yield f"Cluster {name}: does not begin with the logins of its services"
        if (begin["database"], begin["owner"]) != ("scharnier", "scharnier_migrator"):
            yield f"Cluster {name}: another database or owner"
        if {each["name"] for each in _logins(cluster)} != {
            f"{kind}_{app}" for kind in ("svc", "audit") for app in apps
        }:
            yield f"Cluster {name}: its logins are not those of {apps}"
        for login in _logins(cluster):
            rights = {field for field, value in login.items() if value is True} - {"login"}
            if rights or login.get("inherit") is not False or login.get("inRoles"):
                yield f"Cluster {name}: {login['name']} is more than a login"


@rule
def writes_survive_a_node(suite):
    """Where there are several instances, an answer waits for a standby, and backups are made."""
    scheduled = {
        each["spec"]["cluster"]["name"]: each["spec"] for each in suite.of("ScheduledBackup")
    }
    stores = {each["metadata"]["name"] for each in suite.of("ObjectStore")}
    for cluster in suite.clusters():
        name, spec = cluster["metadata"]["name"], cluster["spec"]
        settings = spec.get("postgresql", {}).get("parameters", {})
        for each in _DURABLE & set(settings):
            yield f"Cluster {name}: {each} is {settings[each]}"
        if name == _TO_TRY_OUT and spec["instances"] == 1:
            continue
        synchronous = spec.get("postgresql", {}).get("synchronous", {})
        if synchronous.get("number", 0) < 1 or synchronous.get("dataDurability") != "required":
            yield f"Cluster {name}: acknowledged writes may be lost"
        apart = spec.get("affinity", {}).get("podAntiAffinityType")
        if spec["instances"] < 3 or apart != "required":
            yield f"Cluster {name}: a node may take two instances with it"
        zones = [each["topologyKey"] for each in spec.get("topologySpreadConstraints", [])]
        if zones != ["topology.kubernetes.io/zone"]:
            yield f"Cluster {name}: a zone may take all instances with it"
        archivers = [each for each in spec.get("plugins", []) if each.get("isWALArchiver")]
        if [each["parameters"]["barmanObjectName"] in stores for each in archivers] != [True]:
            yield f"Cluster {name}: its changes are not archived"
        elif scheduled.get(name, {}).get("pluginConfiguration", {}).get("name") != (
            archivers[0]["name"]
        ) or scheduled[name].get("suspend"):
            yield f"Cluster {name}: no backup is scheduled"
        elif not re.fullmatch(r"0 \d+ \d+ \* \* \*", scheduled[name]["schedule"]):
            yield f"Cluster {name}: is not backed up every night"
    for store in suite.of("ObjectStore"):
        if not store["spec"].get("retentionPolicy"):
            yield f"ObjectStore {store['metadata']['name']}: keeps backups for ever"


def _logins(cluster):
    return cluster["spec"].get("managed", {}).get("roles", [])


def _clients(suite, cluster):
    """The services whose database is there."""
    host = f"{cluster['metadata']['name']}-rw"
    return [each for each in suite.pods("service") if suite.environment(each)["PGHOST"] == host]
