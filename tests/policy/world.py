"""The world that the matrix is tried in: An, to whom everything stands in some relation, and Bert,
to whom the rest belongs."""

import itertools
import re
import uuid

from tests.functional.copies import wait_for_feeds
from tests.functional.register import accept, enter, invite
from tests.functional.scene import wait_until
from tests.programmes import pb
from tests.programmes.suite import STAFF, insist, new_request_id, person

AN_EMAIL = "an@example.org"
BERT_EMAIL = "bert@example.org"
AN = person(AN_EMAIL)
BERT = person(BERT_EMAIL)
# Teams: see table.ROLES. The last one's grant names a collection that no method is about.
TEAM, PERSONAL, FOR_PERSON, UNGRANTED = "dashboard", "cockpit", "portaal", "reporting"
VIEWER = pb.mandate.Mandate.ROLE_VIEWER
EDITOR = pb.mandate.Mandate.ROLE_EDITOR
SIGNATORY = pb.mandate.Mandate.ROLE_SIGNATORY
# An invitation to act for an organisation can be accepted for two weeks.
BEFORE, NOW = "2026-03-02T09:00:00Z", "2026-03-30T09:00:00Z"
FORM = {"sections": [{"questions": [{"id": "waarom", "title": {"nl": "Waarom?"}, "text": {}}]}]}
ANSWERS = [{"question_id": "waarom", "text": "Daarom."}]
# An id that nothing has.
NOBODY = "00000000-0000-7000-8000-000000000000"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# By relation: what An's mandate allows; Bert signs for each.
_MANDATES = {"own": SIGNATORY, "mate": SIGNATORY, "edited": EDITOR, "viewed": VIEWER}


class Thing:
    """What a call is about: names and whatever else its request needs, as attributes.

    `hides` are the attributes that nobody may tell from names of nothing, unless the table says so.
    """

    def __init__(self, hides=("name",), **attributes):
        self._hides = hides
        self._attributes = attributes

    def __getattr__(self, name):
        return self._attributes[name]

    def get(self, attribute):
        """An attribute; None where this kind of thing has none such."""
        return self._attributes.get(attribute)

    def twin(self):
        """The same of something that never was."""
        others = {
            each: _UUID.sub(lambda _: str(uuid.uuid4()), self._attributes[each])
            for each in self._hides
        }
        return Thing(self._hides, **(self._attributes | others))


def absent(pattern):
    """A builder of what never was."""
    name = pattern.replace("*", NOBODY)
    return lambda world: Thing(name=name, etag="djE").twin()


class World:
    """Organisations and mandates, a published call and series, others that the teams' grants do not
    name, and drafts. `builders`: what makes a thing, by (package/kind, relation)."""

    def __init__(self, scene, builders):
        self.scene = scene
        self.suite = scene.suite
        self._builders = builders
        self._numbers = itertools.count(1)
        self._things = {}
        self._register()
        self.call, self.far_call = self.publish_call(), self.publish_call()
        self.draft_call = self.draft_call_of()
        form = pb.form.Form(**FORM)
        self.session = scene.publish(form=form)
        self.other_session = scene.publish_in(self.session.series, form=form)
        self.far_session = scene.publish(form=form)
        calls = [self.call.name, self.session.series]
        grants = scene.stack.grants
        grants.give(TEAM, calls=calls, fields=[])
        grants.give(PERSONAL)
        grants.give(FOR_PERSON, calls=calls)
        grants.give(UNGRANTED, resources=["networks"])

    def thing(self, kind, relation):
        """The thing that stands in this relation to An; the same one every time."""
        key = kind, relation
        if key not in self._things:
            self._things[key] = self.fresh(kind, relation)
        return self._things[key]

    def fresh(self, kind, relation):
        """A new one, for what would change it."""
        return self._builders[kind, relation](self)

    def settle(self):
        """Waits until everybody has heard of everything."""
        wait_for_feeds(self.scene)

    def last_word(self, service):
        """Makes a change that every team sees which sees any, and waits until the feed has it."""
        if service == "events":
            self.scene.publish_in(self.session.series)
        elif service == "organisations":
            self.enter()
        elif service == "proposals":
            self._amend()
        self.settle()

    # What things are made of.

    def number(self):
        """One that nothing has yet."""
        return next(self._numbers)

    def do(self, method, request, caller):
        """Calls; a request that takes an id gets one."""
        if "request_id" in request.DESCRIPTOR.fields_by_name:
            request.request_id = new_request_id()
        return insist(method, request, caller)

    def enter(self):
        """An organisation that nobody may act for."""
        number = self.number()
        mailboxes = [{"email": f"info.{number}@example.org"}]
        return enter(self.scene, number, mailboxes=mailboxes)

    def organisation(self, relation):
        """The organisation whose mandates stand in this relation to An."""
        return self._organisations[relation]

    def mandate(self, organisation, email, role):
        """A mandate in force."""
        return accept(self.scene, invite(self.scene, organisation, email, role), email)

    def revoke(self, mandate, caller):
        """Takes a mandate back."""
        request = pb.mandate_service.RevokeMandateRequest(name=mandate.name)
        return self.do(self.suite.mandates.RevokeMandate, request, caller)

    def draft_call_of(self):
        """A call that staff prepare."""
        prefix = f"PM{self.number()}"
        call = {
            "title": {"nl": f"Oproep {prefix}"},
            "goal": {"nl": "Voorstellen"},
            "launch": {"not_known": {}},
            "reference_prefix": prefix,
            "contact_email": "oproep@example.org",
            "tracks": [{"title": {"nl": "Spoor"}, "idea_form": FORM, "proposal_form": FORM}],
        }
        request = pb.call_service.CreateCallRequest(call=call)
        return self.do(self.suite.calls.CreateCall, request, STAFF)

    def publish_call(self):
        """A published call."""
        request = pb.call_service.PublishCallRequest(name=self.draft_call_of().name)
        return self.do(self.suite.calls.PublishCall, request, STAFF)

    def _wait_until_lapsed(self):
        """A job of the register's says that an invitation has lapsed."""
        query = "SELECT state = 4 FROM mandate WHERE id = %s"

        def lapsed():
            with self.scene.database("organisations") as db:
                return db.execute(query, [self.lapsed.name.rsplit("/", 1)[1]]).fetchone()[0]

        wait_until(lapsed, 60, lambda: f"{self.lapsed.name} has not lapsed")

    def _amend(self):
        get = pb.call_service.GetCallRequest(name=self.call.name)
        found = self.do(self.suite.calls.GetCall, get, STAFF)
        title = {"nl": f"Oproep, gewijzigd {self.number()}"}
        request = pb.call_service.AmendCallRequest(
            call={"name": found.name, "etag": found.etag, "title": title},
            update_mask={"paths": ["title"]},
            reason={"nl": "Het was anders bedoeld."},
        )
        self.do(self.suite.calls.AmendCall, request, STAFF)

    def _register(self):
        scene = self.scene
        self._organisations = {
            relation: self.enter()
            for relation in (*_MANDATES, "other", "guest", "revoked", "lapsed")
        }
        for relation, organisation in self._organisations.items():
            self.mandate(organisation, BERT_EMAIL, SIGNATORY)
            if relation in _MANDATES:
                self.mandate(organisation, AN_EMAIL, _MANDATES[relation])
        self.lapsed = invite(scene, self._organisations["lapsed"], AN_EMAIL, SIGNATORY)
        scene.stack.set_clock(NOW)
        self._wait_until_lapsed()
        taken_back = self.mandate(self._organisations["revoked"], AN_EMAIL, SIGNATORY)
        self.revoked = self.revoke(taken_back, BERT)
        wait_for_feeds(scene)
