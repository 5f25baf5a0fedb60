"""A manifest with one fault, and which rule, or the types, has to see it: one field of one document
of a rendered overlay is changed, as a slip of somebody's hand would."""

import copy
import dataclasses

TYPES = "types"
GONE = object()  # takes the field away


@dataclasses.dataclass(frozen=True, eq=False)
class Mutant:
    """One fault: in which document ("Deployment/events"), where ("spec/replicas", with numbers for
    places in lists), what then stands there."""

    caught_by: str
    document: str
    path: str
    value: object
    overlay: str = "production"

    def __str__(self):
        return f"{self.caught_by}-{self.document}-{self.path or 'itself'}"

    def apply(self, documents):
        """The documents with the fault; those given stay as they are."""
        documents = copy.deepcopy(documents)
        kind, _, name = self.document.partition("/")
        (victim,) = [
            each
            for each in documents
            if each["kind"] == kind and _plain(each["metadata"]["name"]) == name
        ]
        if not self.path:
            documents.remove(victim)
            return documents
        *way, last = [int(step) if step.isdigit() else step for step in self.path.split("/")]
        # A slash within a key is written as a bar.
        way = [step.replace("|", "/") if isinstance(step, str) else step for step in way]
        last = last.replace("|", "/") if isinstance(last, str) else last
        place = victim
        for step in way:
            place = place[step]
        if self.value is GONE:
            del place[last]
        elif isinstance(place, list) and last == len(place):
            place.append(self.value)
        else:
            if place is not victim and not isinstance(place, list) and last in place:
                assert place[last] != self.value, "the fault changes nothing"
            place[last] = self.value
        return documents


def _plain(name):
    """Without the hash of a generated ConfigMap."""
    head, _, tail = name.rpartition("-")
    return head if len(tail) == 10 and tail.isalnum() and any(map(str.isdigit, tail)) else name
