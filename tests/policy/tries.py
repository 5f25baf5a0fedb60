"""Tries every cell of a method's rows, and tells those that come out otherwise."""

from psycopg import sql

from tests.policy import methods, table
from tests.policy.callers import refusal_of
from tests.policy.requests import ask_of
from tests.programmes import refusal
from tests.programmes.suite import new_request_id

# Whether a message has what can be withheld.
_HAS = {
    "answers": lambda message: any(
        answer.WhichOneof("value")
        for each in getattr(message, "attendees", [message])
        for answer in each.answers
    ),
    "contact": lambda message: bool(message.contact.email or message.contact.full_name),
    "mailboxes": lambda message: bool(message.mailboxes),
    "keys": lambda message: bool(message.person_key or message.holder_key),
}
# What services write by themselves, now and then.
_BUSY = ("cursor", "directory_mandate", "directory_organisation", "feed", "job", "parked")
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
# All rows but the places that the sequencer gives to changes, and what was denied.
_DIGEST = """
SELECT count(*), coalesce(sum(hashtextextended((row - 'pos' - 'generation')::text, 0)), 0)
FROM (SELECT to_jsonb(t) AS row FROM {} t) AS rows
WHERE row ->> 'decision' IS DISTINCT FROM 'DENIED'
"""


class Tries:
    """One method in a world."""

    def __init__(self, world, callers, rows, method, withheld):
        self._world = world
        self._callers = callers
        self._rows = rows
        self._method = method
        self._policy = methods.policy(method)
        self._ask = ask_of(method.full_name)
        self._withheld = withheld
        self._service = method.full_name.split(".")[1]
        writes = "request_id" in method.input_type.fields_by_name
        self._writes = writes or method.name == "ImportOrganisations"
        self._lists = {}
        self.tried = 0

    def all(self):
        """What came out otherwise, a line a cell."""
        for cells in self._rows.rows.values():
            for relation in cells:
                self._world.thing(self._rows.kind, relation)
        if self._method.name == "WatchChanges":
            # Else a stream says only with its next heartbeat how far it is.
            self._world.last_word(self._service)
        self._world.settle()
        found = []
        for role, cells in self._rows.rows.items():
            callers = self._callers.of(role, self._policy)
            assert callers or role == "SERVICE_OTHER", f"nobody is {role}"
            for caller in callers:
                found += self._role(role, caller, cells)
        return found

    def _role(self, role, caller, cells):
        before = self._digests()
        for done in (False, True):  # first what is refused, which writes nothing
            for relation, outcome in cells.items():
                if outcome.startswith("OK") == done:
                    self.tried += 1
                    seen = self._cell(caller, relation, done)
                    if not _same(outcome, seen):
                        yield f"{role} ({caller}), {relation}: {outcome} is due, {seen} came"
            if not done:
                yield from (
                    f"{role} ({caller}): refused, and {each} was written to"
                    for each in sorted({name for name, *_ in self._digests() ^ before})
                )

    def _cell(self, caller, relation, done):
        """What came of it, in the words of the table."""
        if done and self._writes:
            thing = self._world.fresh(self._rows.kind, relation)
            self._ask.prepare(self._world, thing)
        else:
            thing = self._world.thing(self._rows.kind, relation)
        caller = self._callers.facing(caller, thing, self._service)
        answer, given, error = self._call(caller, thing)
        if error is None:
            return self._shown(caller, thing, answer)
        told = refusal.read(error)
        if told.reason in ("RESOURCE_NOT_FOUND", *table.DOORS):
            _, others, other = self._call(caller, thing.twin())
            absent = _blank(refusal.read(other), others) if other else "an answer"
            if _blank(told, given) != absent:
                return f"{told}, and {absent} where there is none"
        return "ABSENT" if told.reason == "RESOURCE_NOT_FOUND" else told.reason or str(told)

    def _call(self, caller, thing):
        """The answer, the names that were given, and the error. What lists is asked once."""
        request = self._ask.request(self._world, thing)
        if self._ask.listed:
            key = caller, request.SerializeToString(deterministic=True)
            if key not in self._lists:
                self._lists[key] = refusal_of(
                    lambda: self._callers.call(caller, self._method, request)
                )
            answer, error = self._lists[key]
            return answer, _names(request), error
        if self._writes and hasattr(request, "request_id"):
            request.request_id = new_request_id()
        answer, error = refusal_of(lambda: self._callers.call(caller, self._method, request))
        return answer, _names(request), error

    def _shown(self, caller, thing, answer):
        if self._ask.listed:
            found = self._find(caller, thing, answer, self._ask.request(self._world, thing))
            for request in self._ask.also:
                other = self._callers.call(caller, self._method, request)
                if self._find(caller, thing, other, request) != found:
                    return f"otherwise in {request}"
            if found is None:
                return "HIDDEN"
            answer = found
        without = [each for each in self._withheld if not _HAS[each](answer)]
        return "-".join(["OK", *without])

    def _find(self, caller, thing, answer, request):
        """The thing in a list, or None. A page that goes on is full, or it would tell of what it
        hides."""
        while True:
            found = getattr(answer, self._ask.listed)
            for each in found:
                if _name(each) == thing.name:
                    return each
            following = _following(request, answer)
            if following is None:
                return None
            feed = hasattr(answer, "last_position")
            assert feed or len(found) == request.page_size, "a page that goes on has room"
            answer = self._callers.call(caller, self._method, following)

    def _digests(self):
        """What stands in the tables of the service, where the method writes."""
        if not self._writes:
            return set()
        with self._world.scene.database(self._service) as db:
            names = [row[0] for row in db.execute(_TABLES) if row[0] not in _BUSY]
            return {
                (name, *db.execute(sql.SQL(_DIGEST).format(sql.Identifier(name))).fetchone())
                for name in names
            }


def _following(request, answer):
    """What asks for the next page of a list or of a feed; None after the last."""
    following = type(request)()
    following.CopyFrom(request)
    if getattr(answer, "next_page_token", ""):
        following.page_token = answer.next_page_token
    elif hasattr(answer, "last_position") and answer.next.position < answer.last_position:
        following.after.CopyFrom(answer.next)
    else:
        return None
    return following


def _same(due, seen):
    return due.split("-")[0] == seen.split("-")[0] and table.withheld(due) == table.withheld(seen)


def _name(message):
    for each in ("resource", "subject", "name", "organisation"):
        if hasattr(message, each):
            return getattr(message, each)
    raise TypeError(f"{message.DESCRIPTOR.full_name} says not what it is about")


def _names(message):
    """The names in a request, the longest first."""
    found = set()
    if hasattr(message, "DESCRIPTOR"):
        for field, value in message.ListFields():
            for each in value if field.label == field.LABEL_REPEATED else [value]:
                if isinstance(each, str):
                    found.add(each)
                else:
                    found.update(_names(each))
    return sorted((each for each in found if "/" in each), key=len, reverse=True)


def _blank(told, given):
    """A refusal without the names that the caller gave."""
    text = repr(told)
    for name in given:
        text = text.replace(name, "…")
    return text
