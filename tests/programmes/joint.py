"""A joint proposal as its people see it, and what must be so."""

from dataclasses import dataclass, field

from tests.programmes import pb
from tests.programmes.calls import Sheet
from tests.programmes.register import Member

INVITED = pb.invitation.Invitation.STATE_INVITED
ACCEPTED = pb.invitation.Invitation.STATE_ACCEPTED
DECLINED = pb.invitation.Invitation.STATE_DECLINED
_WITHDRAWN = pb.proposal.Proposal.STATE_WITHDRAWN


@dataclass
class Joint:
    """One proposal: what its people see of it, and what must be so."""

    message: pb.proposal.Proposal
    lead: Member
    idea: Sheet = None
    partners: dict = field(default_factory=dict)  # members by name, in the order of invitation
    states: dict = field(default_factory=dict)  # of their invitations
    receipts: list = field(default_factory=list)
    taken_off: list = field(default_factory=list)  # members that had not answered
    left_out: list = field(default_factory=list)  # members that had declined when it was submitted

    @property
    def name(self):
        """Its resource name."""
        return self.message.name

    @property
    def caller(self):
        """The lead's signatory, who is its contact too."""
        return self.lead.signatory.caller

    @property
    def withdrawn(self):
        """Whether it was taken back."""
        return self.message.state == _WITHDRAWN

    @property
    def silent(self):
        """Members that have not answered yet."""
        return self._in(INVITED)

    @property
    def accepted(self):
        """Members that are partners."""
        return self._in(ACCEPTED)

    @property
    def declined(self):
        """Members that will be none."""
        return self.left_out + self._in(DECLINED)

    def leave_out(self):
        """What is submitted names nobody who has declined."""
        self.left_out = self.declined
        self.states = {name: state for name, state in self.states.items() if state != DECLINED}

    def _in(self, state):
        return [self.partners[name] for name, seen in self.states.items() if seen == state]
