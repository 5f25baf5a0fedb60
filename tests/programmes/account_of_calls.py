"""What became of calls, ideas and proposals: figures for programs, paragraphs for people."""

from tests.programmes import facts, pb

_GATES = {
    pb.call.Milestone.GATE_INTEREST: "ideas",
    pb.call.Milestone.GATE_PROPOSAL: "proposals",
    pb.call.Milestone.GATE_REPORT: "reports",
}
_REFUSED_BECAUSE = {
    "GATE_CLOSED": "{} that came when the deadline had passed",
    "MANDATE_NEEDED": "{} by somebody who may not act for the organisation",
    "PARTNERS_OPEN": "{} of which a partner had not answered",
    "FIELD_MISSING": "{} with a question left open",
    "EDIT_CONFLICT": "change of what somebody else had just changed",
    "ETAG_STALE": "{} that somebody else had changed since it was read",
}


def figures(programme):
    """The `proposals` of a programme in report.json; empty where it tells of no call."""
    of_call, ideas, proposals = programme.call, programme.ideas, programme.proposals
    told = {}
    if of_call or ideas:
        told["call"] = (of_call or ideas.call).name
    if of_call:
        told["organisations_told"] = of_call.told
        told["amendments"] = len(of_call.message.amendments)
        told["mandates"] = programme.mandates
    if ideas:
        told["ideas"] = {
            "submitted": len(ideas.sheets),
            "late": sum(each.late for each in ideas.sheets),
            "withdrawn": sum(each.withdrawn for each in ideas.sheets),
            "refused": dict(ideas.refused),
        }
    if proposals:
        told["proposals"] = {
            "drafted": len(proposals.joints),
            "submitted": sum(bool(each.receipts) for each in proposals.joints),
            "versions": sum(len(each.receipts) for each in proposals.joints),
            "withdrawn": sum(each.withdrawn for each in proposals.joints),
            "refused": dict(proposals.refused),
        }
        told["partners"] = {
            answer: proposals.partners[answer]
            for answer in ("invited", "accepted", "declined", "withdrawn")
        }
    return told


def lines(programme):
    """The paragraphs of a programme about its call, before its sessions."""
    if programme.call:
        yield from _call_lines(programme.call, programme.mandates)
    elif programme.ideas:
        call = programme.ideas.call.message
        yield f"Tells more of the call {call.reference_prefix}, {call.title.nl} (told below)"
        yield ""


def later_lines(programme):
    """Those about what organisations handed in, after its sessions."""
    if programme.ideas:
        yield from _idea_lines(programme.ideas)
        yield ""
    if programme.proposals:
        yield from _proposal_lines(programme.proposals)
        yield ""


def _call_lines(of_call, mandates):
    call = of_call.message
    yield f"Call {call.reference_prefix}: {call.title.nl}"
    yield f"  launched {call.launch.display}; {of_call.told} organisations were told"
    if call.documents:
        yield f"  documents: {', '.join(each.title.nl for each in call.documents)}"
    for milestone in call.milestones:
        yield from _milestone(milestone, "  ")
    for number, track in enumerate(call.tracks, start=1):
        yield f"  track {number}: {track.title.nl}"
        for milestone in track.milestones:
            yield from _milestone(milestone, "    ")
    for amendment, organisations in zip(call.amendments, of_call.told_of_amendments):
        when = facts.utc(amendment.amend_time).astimezone(facts.BRUSSELS)
        yield f'  amended on {when:%-d %B %Y}: "{amendment.reason.nl}"'
        for line in amendment.diff:
            yield f"    {line}"
        yield f"    {organisations} organisations were told"
    yield f"  {mandates} people have accepted a mandate to act for their organisation in it"
    yield ""


def _milestone(milestone, indent):
    """What it is called, when it is in Dutch, what it gates, and as it was published."""
    when = milestone.when
    yield f"{indent}{milestone.title.nl}: {when.display}"
    told = []
    if milestone.gate in _GATES:
        hard = when.deadline.strictness == pb.when.STRICTNESS_HARD
        told.append(
            f"gates {_GATES[milestone.gate]}: "
            f"later ones are {'refused' if hard else 'accepted, and marked'}"
        )
    if when.words and when.words != when.display:
        told.append(f'published as "{when.words}"')
    if told:
        yield f"{indent}  {'; '.join(told)}"


def _idea_lines(ideas):
    call = ideas.call.message
    late = sum(each.late for each in ideas.sheets)
    withdrawn = sum(each.withdrawn for each in ideas.sheets)
    yield (
        f"Ideas for {call.reference_prefix}: {len(ideas.sheets)} handed in, "
        f"{late or 'none'} late, {withdrawn or 'none'} taken back"
    )
    for number, track in enumerate(call.tracks, start=1):
        here = [each for each in ideas.sheets if each.message.track == track.name]
        if here:
            yield f"  track {number}: {track.title.nl}"
        for sheet in here:
            mark = ", late and marked" if sheet.late else ""
            gone = ", taken back" if sheet.withdrawn else ""
            yield f"    {sheet.message.reference}  {_of(sheet.message, sheet.member)}{mark}{gone}"
    yield from _refused_lines(ideas.refused, "idea")
    if ideas.repeated:
        yield f"  {repeated(ideas.repeated)}"


def _proposal_lines(proposals):
    call = proposals.call.message
    submitted = sum(bool(each.receipts) for each in proposals.joints)
    withdrawn = sum(each.withdrawn for each in proposals.joints)
    stand = sum(bool(each.receipts) and not each.withdrawn for each in proposals.joints)
    asked = proposals.partners
    yield (
        f"Proposals for {call.reference_prefix}: {len(proposals.joints)} begun; "
        f"{submitted} submitted, of which {stand} stand; {withdrawn} taken back, drafts included"
    )
    yield (
        f"  {asked['invited']} partners were invited: {asked['accepted']} accepted, "
        f"{asked['declined']} declined, {asked['withdrawn']} invitations were taken back"
    )
    for joint in sorted(proposals.joints, key=lambda each: each.message.reference or "~"):
        message = joint.message
        yield f"  {message.reference or 'a draft'}  {_of(message, joint.lead)}{_fate(joint)}"
        for what, members in (
            ("with", joint.accepted),
            ("declined:", joint.declined),
            ("invited, and taken off before answering:", joint.taken_off),
        ):
            if members:
                yield f"    {what} {', '.join(each.title for each in members)}"
        if joint.idea:
            yield f"    from the idea {joint.idea.message.reference}"
    yield from _refused_lines(proposals.refused, "proposal")
    yield (
        f"  looked for {proposals.hidden} times by staff, or by who was only invited, before they "
        "might read it: never found"
    )
    if proposals.repeated:
        yield f"  {repeated(proposals.repeated)}"


def _fate(joint):
    versions = len(joint.receipts)
    fate = f", {versions} versions" if versions > 1 else ""
    if joint.withdrawn:
        return f"{fate}, taken back"
    return fate if versions else ", never submitted"


def repeated(count):
    """How often a client was unsure whether it had been heard."""
    return f"{count} request{'s' if count > 1 else ''} came twice and had one effect"


def _of(message, member):
    return f"{message.title} ({member.title})"


def _refused_lines(refused, what):
    for reason, count in sorted(refused.items()):
        yield f"  refused: {count} {_REFUSED_BECAUSE[reason].format(what)}"
