"""What all programmes share: the suite, the agenda, and what people must be told."""

import collections
import random

import grpc

from tests.programmes import refusal
from tests.programmes.book import require
from tests.programmes.suite import insist

# Mails that no list shows to anybody, since they would tell staff that a draft exists.
DISCREET = (
    "PARTNER_INVITED",
    "INVITATION_ACCEPTED",
    "INVITATION_DECLINED",
    "INVITATION_WITHDRAWN",
)


class Programme:
    """One published text, played once. Raises RuleBroken.

    name, title  what it is called by programs and by people
    desks        its series of sessions
    call         the call that it tells of, if any, with `ideas` and `proposals`
    answers      sensitive texts, which no mail may hold
    mails        the mails that are due, by purpose and address
    moments      when something happened of which an address is told, by address
    """

    name = ""

    def __init__(self, title, seed, suite, agenda):
        self.title = title
        self.suite = suite
        self.agenda = agenda
        self.random = random.Random(seed)
        self.desks = []
        self.call = None
        self.ideas = None
        self.proposals = None
        self.mandates = 0
        self.answers = []
        self.mails = collections.Counter()
        self.moments = collections.defaultdict(list)
        self._told_of = set()

    def plan(self):
        """Puts everything down in the agenda."""
        raise NotImplementedError

    def compare(self):
        """Holds what is stored in the end against the rules."""
        for desk in self.desks:
            desk.compare()
        for each in (self.call, self.ideas, self.proposals):
            if each:
                each.compare()

    def tell_of(self, resource, purpose, addresses):
        """Notes that these addresses must get a mail about the resource, or what is below it."""
        self._told_of.add(resource)
        self.mails.update((purpose, address) for address in addresses)
        for address in addresses:
            self.moments[address].append(self.agenda.now)

    def tells_of(self, message_object):
        """Whether a message about this is one of the programme's."""
        parts = message_object.split("/")
        return any("/".join(parts[:end]) in self._told_of for end in range(2, len(parts) + 1, 2))

    def refused(self, method, request, caller, reason):
        """Calls what must be refused for this reason; what was told."""
        try:
            insist(method, request, caller)
        except grpc.RpcError as error:
            told = refusal.read(error)
            require(told.reason == reason, f"refused with {told}, where {reason} is due")
            return told
        require(False, f"{type(request).__name__} was accepted, where {reason} is due")
        return None

    def now_and_then_twice(self, method, request, caller, insisting=insist):
        """Calls; one in six does so twice, which must change nothing. Whether it did, too."""
        answer = insisting(method, request, caller)
        twice = self.random.randrange(6) == 0
        if twice:
            again = insist(method, request, caller)
            require(
                again == answer,
                f"{answer.name}: repeated with its request_id, it got another answer",
            )
        return answer, twice
