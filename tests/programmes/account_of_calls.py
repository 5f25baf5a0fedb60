"""What became of calls, ideas and proposals: figures for programs, paragraphs for people."""

from tests.programmes import pb

_GATES = {
    pb.call.Milestone.GATE_INTEREST: "ideas",
    pb.call.Milestone.GATE_PROPOSAL: "proposals",
    pb.call.Milestone.GATE_REPORT: "reports",
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
    if ideas:
        told["ideas"] = {
            "submitted": len(ideas.sheets),
            "late": ideas.late,
            "withdrawn": ideas.withdrawn,
            "refused": dict(ideas.refused),
        }
    if proposals:
        told["proposals"] = {
            "drafted": len(proposals.joints),
            "submitted": sum(bool(each.receipts) for each in proposals.joints),
            "versions": sum(len(each.receipts) for each in proposals.joints),
            "withdrawn": len(proposals.withdrawn),
            "refused": dict(proposals.refused),
        }
        told["partners"] = {
            answer: proposals.partners[answer]
            for answer in ("invited", "accepted", "declined", "withdrawn")
        }
    return told


def lines(programme):
    """The paragraphs of a programme."""
    return ()
