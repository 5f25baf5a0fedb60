"""The programmes play through the gateway, which is all services in one."""

from deploy.local.stack import ROOT
from tests.programmes.play import play
from tests.programmes.suite import Suite

_REPORT = ROOT / "build/deploy/report.json"


def open_suite(cluster, **options):
    """The suite as callers from outside see it."""
    services = [each.app for each in cluster.suite.pods("service")]
    return Suite({each: cluster.gateway for each in services}, cluster.identities, **options)


def check(cluster):
    """The line that tells of it; RuleBroken, or gRPC's errors, where something is wrong."""
    with open_suite(cluster) as suite:
        play(suite, cluster.mailbox, cluster.set_clock, _REPORT, lambda line: None)
    return (
        f"The programmes have played through the gateway; {cluster.mailbox.count()} mails came. "
        f"The report is in {_REPORT.relative_to(ROOT)}."
    )
