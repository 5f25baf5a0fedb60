"""The table of who may do what, read and held against the policies of the protos."""

from dataclasses import dataclass
from pathlib import Path

import yaml

FILES = sorted(Path(__file__).parent.glob("*.yaml"))
# Outcomes of a call that is let in.
SHOWN = ("OK", "HIDDEN")
# Refusals before anybody looks for the resource.
DOORS = ("NOT_IDENTIFIED", "ROLE_NOT_ALLOWED", "NOT_GRANTED")


@dataclass(frozen=True)
class Policy:
    """The option of a method, with roles as in the proto but without their prefix."""

    allow: frozenset
    services: tuple
    on_behalf: bool


def _is(role):
    return lambda policy: "" if role in policy.allow else "ROLE_NOT_ALLOWED"


def _service(policy):
    return "" if policy.services else "NOT_IDENTIFIED"


def _for_person(policy):
    return "" if "PERSON" in policy.allow and policy.on_behalf else "ROLE_NOT_ALLOWED"


# The roles, and how each is refused at the door of a method with a policy; "" comes in.
ROLES = {
    "ANONYMOUS": lambda policy: "NOT_IDENTIFIED",
    "PERSON": _is("PERSON"),
    "STAFF": _is("STAFF"),
    "REGISTER_OFFICER": _is("REGISTER_OFFICER"),
    "OPERATOR": _is("OPERATOR"),
    # A team with a grant of everything but personal data, limited to one call and one series; one
    # whose grant has no such limits.
    "TEAM": _is("TEAM"),
    "TEAM_PERSONAL": _is("TEAM"),
    # A team with a grant of everything, limited to one call and one series, which acts for An.
    "TEAM_FOR_PERSON": _for_person,
    # A team whose grant names a collection that no method is about; the same, for An.
    "TEAM_UNGRANTED": lambda policy: _is("TEAM")(policy) or "NOT_GRANTED",
    "UNGRANTED_FOR_PERSON": lambda policy: _for_person(policy) or "NOT_GRANTED",
    # Who got the link of a mail about this very thing; about something else of An's.
    "TOKEN": _is("TOKEN"),
    "TOKEN_ELSEWHERE": lambda policy: _is("TOKEN")(policy) or "ABSENT",
    # A service that the policy lists; every other service of the suite.
    "SERVICE_LISTED": _service,
    "SERVICE_OTHER": lambda policy: "NOT_IDENTIFIED",
}

# Words for several roles.
GROUPS = {
    "TEAMS": [role for role in ROLES if "TEAM" in role or "UNGRANTED" in role],
    "TOKENS": [role for role in ROLES if "TOKEN" in role],
}


def door(role, policy):
    """How a role is refused before anybody looks for the resource; "": not at all."""
    return "" if "ANONYMOUS" in policy.allow else ROLES[role](policy)


@dataclass(frozen=True)
class Method:
    """The rows of a method: outcomes by role and relation."""

    name: str
    kind: str
    rows: dict


class Table:
    """All files. What is wrong with them stands in `problems`, a line each."""

    def __init__(self, paths=None):
        self.problems = []
        self.kinds = {}
        self.methods = {}
        for path in paths or FILES:
            self._read(path, yaml.load(Path(path).read_text("utf-8"), _Strict))

    def _read(self, path, text):
        package = text["package"]
        kinds = text["kinds"]
        for kind, told in kinds.items():
            self.kinds[f"{package}/{kind}"] = told
        for name, told in text["methods"].items():
            rows = dict(told)
            kind = rows.pop("of", None)
            full = f"{package}.{name}"
            if kind not in kinds:
                self.problems.append(f"{full}: `of: {kind}` is no kind of {Path(path).name}")
                continue
            relations = kinds[kind]["relations"]
            found = self._rows(full, rows, relations)
            self.methods[full] = Method(full, f"{package}/{kind}", found)

    def _rows(self, method, rows, relations):
        found = {}
        for roles, told in rows.items():
            for role in _expanded(roles):
                cells = told if isinstance(told, dict) else dict.fromkeys(relations, told)
                if role not in ROLES or role in found:
                    self.problems.append(f"{method}: {role} is no role, or stands there twice")
                if cells.keys() != relations.keys():
                    odd = sorted(cells.keys() ^ relations.keys())
                    self.problems.append(f"{method}, {role}: look at {', '.join(odd)}")
                found[role] = {relation: str(cells.get(relation)) for relation in relations}
        return found

    def check(self, policies, reasons, services):
        """What is wrong, a line each: `policies` by the methods' full names, and all reasons and
        services that there are."""
        problems = list(self.problems)
        problems += [f"{name}: has no rows" for name in sorted(policies.keys() - self.methods)]
        problems += [f"{name}: is no method" for name in sorted(self.methods.keys() - policies)]
        for name in sorted(policies.keys() & self.methods):
            problems += _problems(self.methods[name], policies[name], reasons, self.kinds)
            problems += [
                f"{name}: there is no service {each}"
                for each in policies[name].services
                if each not in services
            ]
        return problems


def withheld(outcome):
    """The fields that "OK-answers-contact" is without."""
    return set(outcome.split("-")[1:])


def _expanded(roles):
    return [role for word in roles.split() for role in GROUPS.get(word, [word])]


def _problems(method, policy, reasons, kinds):
    for role in ROLES:
        if role == "SERVICE_LISTED" and not policy.services:
            if role in method.rows:
                yield f"{method.name}, {role}: the policy lists none"
            continue
        if role not in method.rows:
            yield f"{method.name}: {role} has no row"
            continue
        refusal = door(role, policy)
        cells = method.rows[role]
        for relation, outcome in cells.items():
            where = f"{method.name}, {role}, {relation}: {outcome}"
            word = outcome.split("-")[0]
            if word not in (*SHOWN, "ABSENT") and word not in reasons:
                yield f"{where} is no outcome"
            elif withheld(outcome) - set(kinds[method.kind].get("withheld", ())):
                yield f"{where} is without what nobody withholds"
            elif refusal and outcome != refusal:
                yield f"{where}, where the policy says {refusal}"
            elif not refusal and outcome in DOORS:
                yield f"{where}, where the policy lets it in"
        shown = any(each.startswith("OK") for each in cells.values())
        if not refusal and not shown and not kinds[method.kind].get("hidden"):
            yield f"{method.name}, {role}: may call, and nothing comes of it"


class _Strict(yaml.SafeLoader):
    """Refuses a key that stands there twice."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(
                None, None, f"twice: {', '.join(map(str, twice))}", node.start_mark
            )
        return super().construct_mapping(node, deep)
