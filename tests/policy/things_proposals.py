"""Calls, ideas, proposals, invitations and receipts in each relation to An."""

from tests.policy.world import AN, ANSWERS, BERT, NOBODY, Thing, absent
from tests.programmes import pb

_PACKAGE = "scharnier.proposals.v1"
_CONTACT = {"full_name": "An Peeters", "email": "an@example.org"}
_SERVICE = pb.proposal_service


def _call(world):
    return _named(world.publish_call())


def _named(made):
    return Thing(name=made.name, etag=made.etag)


# Ideas.


def idea(track, organisation):
    """An idea with all its fields."""
    return pb.idea.Idea(
        track=track, organisation=organisation, title="Samen", contact=_CONTACT, answers=ANSWERS
    )


def _hand_in(relation, withdrawn=False):
    def build(world):
        text = idea(world.call.tracks[0].name, world.organisation(relation).name)
        request = pb.idea_service.SubmitIdeaRequest(idea=text)
        made = world.do(world.suite.ideas.SubmitIdea, request, BERT)
        if withdrawn:
            request = pb.idea_service.WithdrawIdeaRequest(name=made.name)
            made = world.do(world.suite.ideas.WithdrawIdea, request, BERT)
        return _named(made)

    return build


def _entry(relation, **changes):
    """To hand in or to begin: for an organisation, on a track of the call unless `changes` say
    otherwise."""

    def build(world):
        told = {
            "track": world.call.tracks[0].name,
            "organisation": world.organisation(relation).name,
            "idea": "",
            **{name: value(world) for name, value in changes.items()},
        }
        return Thing(hides=tuple(changes) or ("track",), **told)

    return build


def _draft_track(world):
    return world.draft_call.tracks[0].name


def _no_track(_):
    return f"calls/{NOBODY}/tracks/{NOBODY}"


# Proposals.


def proposal(track, lead, origin=""):
    """A proposal with all its fields."""
    return pb.proposal.Proposal(
        track=track, lead=lead, idea=origin, title="Samen", contact=_CONTACT, answers=ANSWERS
    )


def read(world, name, caller):
    """The copy that is worked on, as it is now."""
    get = _SERVICE.GetProposalRequest(name=name)
    return world.do(world.suite.proposals.GetProposal, get, caller)


def _draft(world, relation, call=None):
    text = proposal((call or world.call).tracks[0].name, world.organisation(relation).name)
    request = _SERVICE.CreateProposalRequest(proposal=text)
    return world.do(world.suite.proposals.CreateProposal, request, BERT)


def _submit(world, made):
    seen = read(world, made.name, BERT)
    request = _SERVICE.SubmitProposalRequest(name=seen.name, etag=seen.etag)
    return world.do(world.suite.proposals.SubmitProposal, request, BERT)


def _withdraw(world, made):
    request = _SERVICE.WithdrawProposalRequest(name=made.name)
    return world.do(world.suite.proposals.WithdrawProposal, request, BERT)


def _invite(world, made, relation):
    request = _SERVICE.InvitePartnerRequest(
        name=made.name, organisation=world.organisation(relation).name
    )
    invited = world.do(world.suite.proposals.InvitePartner, request, BERT)
    return Thing(
        name=invited.partners[-1].invitation,
        proposal=made.name,
        organisation=request.organisation,
        hides=("name", "proposal"),
    )


def remove(world, name, organisation, caller):
    """Takes a partner off."""
    request = _SERVICE.RemovePartnerRequest(name=name, organisation=organisation)
    return world.do(world.suite.proposals.RemovePartner, request, caller)


def _answer(world, invitation, accept):
    request = _SERVICE.AnswerInvitationRequest(
        name=invitation.proposal, organisation=invitation.organisation, accept=accept
    )
    world.do(world.suite.proposals.AnswerInvitation, request, AN)
    return invitation


def _led(relation, submitted=False, withdrawn=False, far=False):
    """A proposal that an organisation of this relation leads; `far`: to the other call."""

    def build(world):
        made = _draft(world, relation, world.far_call if far else world.call)
        if submitted:
            made = _submit(world, made)
        if withdrawn:
            made = _withdraw(world, made)
        return _named(made)

    return build


def _with_mate(accept):
    """A draft of others, and An signs for the partner; accept None: it has not answered."""

    def build(world):
        made = _draft(world, "other")
        invitation = _invite(world, made, "mate")
        if accept is not None:
            _answer(world, invitation, accept)
        return _named(read(world, made.name, BERT))

    return build


# Invitations and receipts.


def _invited(relation, accept=None, lead="other"):
    def build(world):
        invitation = _invite(world, _draft(world, lead), relation)
        return invitation if accept is None else _answer(world, invitation, accept)

    return build


def _taken_back(world):
    invitation = _invited("mate")(world)
    remove(world, invitation.proposal, invitation.organisation, BERT)
    return invitation


def _no_invitation(world):
    organisation = world.organisation("mate").name
    return Thing(
        name=f"proposals/{NOBODY}/invitations/{NOBODY}",
        proposal=f"proposals/{NOBODY}",
        organisation=organisation,
        hides=("name", "proposal"),
    ).twin()


def _receipt(build):
    """The first receipt of the proposal that `build` makes."""

    def first(world):
        name = build(world).name
        return Thing(name=f"{name}/receipts/1", proposal=name, hides=("name", "proposal"))

    return first


def _shared(world):
    """A submitted proposal of others with a partner that An signs for."""
    return _named(_submit(world, _with_mate(True)(world)))


def _of(kind, relation):
    return lambda world: world.thing(f"{_PACKAGE}/{kind}", relation)


_SIX = ("own", "edited", "viewed", "other", "revoked", "lapsed")
_KINDS = {
    "new": {"anew": lambda world: Thing(hides=())},
    "call": {
        "published": _call,
        "draft": lambda world: _named(world.draft_call_of()),
        "absent": absent("calls/*"),
    },
    "handing_in": {
        **{relation: _entry(relation) for relation in _SIX},
        "draft": _entry("own", track=_draft_track),
        "absent": _entry("own", track=_no_track),
    },
    "writing": {
        **{relation: _entry(relation) for relation in _SIX},
        "borrowed": _entry("own", idea=lambda world: _of("idea", "other")(world).name),
        "draft": _entry("own", track=_draft_track),
        "absent": _entry("own", track=_no_track),
    },
    "idea": {
        **{relation: _hand_in(relation) for relation in _SIX[:5]},
        "withdrawn": _hand_in("own", withdrawn=True),
        "absent": absent("ideas/*"),
    },
    "proposal": {
        "own": _led("own", submitted=True),
        "draft": _led("own"),
        "partner": _with_mate(True),
        "invited": _with_mate(None),
        "declined": _with_mate(False),
        "viewed": _led("viewed", submitted=True),
        "other": _led("other"),
        "submitted": _led("other", submitted=True),
        "beyond": _led("other", submitted=True, far=True),
        "withdrawn": _led("own", submitted=True, withdrawn=True),
        "dropped": _led("own", withdrawn=True),
        "revoked": _led("revoked", submitted=True),
        "absent": absent("proposals/*"),
    },
    "invitation": {
        "own": _invited("mate"),
        "edited": _invited("edited"),
        "viewed": _invited("viewed"),
        "accepted": _invited("mate", accept=True),
        "declined": _invited("mate", accept=False),
        "withdrawn": _taken_back,
        "sent": _invited("guest", lead="own"),
        "other": _invited("guest"),
        "absent": _no_invitation,
    },
    "receipt": {
        "own": _receipt(_led("own", submitted=True)),
        "partner": _receipt(_shared),
        "viewed": _receipt(_led("viewed", submitted=True)),
        "other": _receipt(_led("other", submitted=True)),
        "withdrawn": _receipt(_led("own", submitted=True, withdrawn=True)),
        "revoked": _receipt(_led("revoked", submitted=True)),
        "draft": _receipt(_led("own")),
        "absent": _receipt(absent("proposals/*")),
    },
    "opened": {"own": _invited("mate"), "absent": _no_invitation},
    "entry": {
        "ordinary": _of("idea", "own"),
        "draft": _of("proposal", "draft"),
        "invitation": _of("invitation", "own"),
        "absent": absent("ideas/*"),
    },
    "change": {
        "published": lambda world: _named(world.call),
        "beyond": lambda world: _named(world.far_call),
        "submitted": _of("proposal", "submitted"),
        "unreachable": _of("proposal", "beyond"),
        "internal": _of("idea", "own"),
        "invitation": _of("invitation", "own"),
        "draft": _of("proposal", "draft"),
    },
}
BUILDERS = {
    (f"{_PACKAGE}/{kind}", relation): build
    for kind, builders in _KINDS.items()
    for relation, build in builders.items()
}
