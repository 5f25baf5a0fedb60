"""The suite's database: one login role a service, and one that owns the schemas."""

import secrets
from pathlib import Path

import psycopg
from psycopg import sql


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

    def create(self):
        """Makes the database and its roles anew."""
        self._secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.remove()
        with psycopg.connect(self._postgres.url(), autocommit=True) as admin:
            for role in (self.owner, *self.roles.values()):
                password = secrets.token_urlsafe(16)
                path = self.password_file(role)
                path.touch(mode=0o600)
                path.write_text(password + "\n")
                # We may be no superuser: then we have to be a member of roles that own databases.
                admin.execute(
                    sql.SQL(
                        "CREATE ROLE {role} LOGIN PASSWORD {password} ROLE CURRENT_USER"
                    ).format(role=sql.Identifier(role), password=sql.Literal(password))
                )
            names = {"database": sql.Identifier(self.name), "owner": sql.Identifier(self.owner)}
            admin.execute(sql.SQL("CREATE DATABASE {database} OWNER {owner}").format(**names))
            admin.execute(sql.SQL("REVOKE ALL ON DATABASE {database} FROM PUBLIC").format(**names))
            for role in self.roles.values():
                admin.execute(
                    sql.SQL("GRANT CONNECT ON DATABASE {database} TO {role}").format(
                        role=sql.Identifier(role), **names
                    )
                )

    def remove(self):
        """Removes the database and its roles, where they are."""
        with psycopg.connect(self._postgres.url(), autocommit=True) as admin:
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(self.name))
            )
            for role in (self.owner, *self.roles.values()):
                admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(sql.Identifier(role)))

    def password_file(self, role):
        return self._secrets_dir / f"{role}.password"

    def flags(self, role):
        """The settings by which a service connects as `role`."""
        return [
            f"--database-url={self._postgres.url(self.name, user=role, password=None)}",
            f"--database-password-file={self.password_file(role)}",
        ]
