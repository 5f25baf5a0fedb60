"""The suite's database: two login roles a service, and one that owns the schemas."""

import secrets
from pathlib import Path

import psycopg
from psycopg import sql

_SCRIPTS = Path(__file__).parents[1] / "database" / "sql"


class SuiteDatabase:
    """One database on a server, with the roles that decisions about storage ask for.

    On a server that others use as well, `suffix` keeps the names of two checkouts apart.
    """

    def __init__(self, postgres, services, secrets_dir: Path, suffix=""):
        self._postgres = postgres
        self._secrets_dir = secrets_dir
        self.name = "scharnier" + suffix
        self.owner = "scharnier_migrator" + suffix
        self.roles = {service: f"svc_{service}{suffix}" for service in services}
        # Those by which people read a service's audit trail.
        self.audit_roles = {service: f"audit_{service}{suffix}" for service in services}

    def create(self):
        """Makes the database and its roles anew."""
        self._secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.remove()
        with psycopg.connect(self._postgres.url(), autocommit=True) as admin:
            # We may be no superuser: then we have to be a member of roles that own databases.
            admin.execute(
                sql.SQL("CREATE ROLE {role} LOGIN PASSWORD {password} ROLE CURRENT_USER").format(
                    role=sql.Identifier(self.owner),
                    password=sql.Literal(self._new_password(self.owner)),
                )
            )
            for roles in (self.roles, self.audit_roles):
                for service, role in roles.items():
                    password = self._new_password(role)
                    _run(admin, "role.sql", role=role, schema=service, password=password)
            admin.execute(
                sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(
                    database=sql.Identifier(self.name), owner=sql.Identifier(self.owner)
                )
            )
        with psycopg.connect(self._postgres.url(self.name), autocommit=True) as admin:
            _run(admin, "database.sql", database=self.name)

    def remove(self):
        """Removes the database and its roles, where they are."""
        with psycopg.connect(self._postgres.url(), autocommit=True) as admin:
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name))
            )
            for role in (self.owner, *self._logins()):
                admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))

    def password_file(self, role):
        return self._secrets_dir / f"{role}.password"

    def migrate_flags(self, service):
        """The settings by which a service's schema is brought up to date, as its owner."""
        return [
            *self._connecting("database", self.owner),
            f"--role={self.roles[service]}",
            f"--audit-role={self.audit_roles[service]}",
        ]

    def serve_flags(self, service):
        """The settings by which a service connects."""
        return [
            *self._connecting("database", self.roles[service]),
            *self._connecting("audit-database", self.audit_roles[service]),
        ]

    def url(self, role):
        """Of this role, with its password."""
        password = self.password_file(role).read_text().strip()
        return self._postgres.url(self.name, user=role, password=password)

    def _logins(self):
        return [*self.roles.values(), *self.audit_roles.values()]

    def _new_password(self, role):
        password = secrets.token_urlsafe(16)
        path = self.password_file(role)
        path.touch(mode=0o600)
        path.write_text(password + "\n")
        return password

    def _connecting(self, database, role):
        return [
            f"--{database}-url={self._postgres.url(self.name, user=role, password=None)}",
            f"--{database}-password-file={self.password_file(role)}",
        ]


def _run(admin, script, **variables):
    """Runs a script of deploy/database, whose variables stand as psql has them."""
    text = (_SCRIPTS / script).read_text(encoding="utf-8")
    for name, value in variables.items():
        text = text.replace(f':"{name}"', sql.Identifier(value).as_string(admin))
        text = text.replace(f":'{name}'", sql.Literal(value).as_string(admin))
    admin.execute(text)
