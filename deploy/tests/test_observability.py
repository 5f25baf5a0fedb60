"""Alerts, dashboard and runbooks fit the code and each other."""

import json
import re
import subprocess

import pytest
import yaml

from deploy.local.stack import ROOT
from deploy.observability import __main__ as made
from deploy.observability import dashboard

FOLDER = ROOT / "deploy/observability"
RUNBOOKS = ROOT / "docs/runbooks"
PROMTOOL = ROOT / "build/promtool/promtool"  # fetched by ./dev
# Metrics that are not ours, by who gives them.
FOREIGN = {
    "Prometheus": {"up"},
    "kube-state-metrics": {
        "kube_deployment_spec_replicas",
        "kube_deployment_status_replicas_available",
        "kube_job_failed",
        "kube_pod_container_status_restarts_total",
        "kube_poddisruptionbudget_status_pod_disruptions_allowed",
    },
    "External Secrets": {"externalsecret_status_condition"},
    "Envoy": {
        "envoy_cluster_membership_healthy",
        "envoy_cluster_upstream_rq_xx",
        "envoy_envoy_overload_actions_reset_high_memory_stream_count",
        "envoy_http_downstream_cx_active",
        "envoy_http_downstream_rq_max_duration_reached",
        "envoy_http_downstream_rq_overload_close",
        "envoy_http_downstream_rq_total",
        "envoy_http_downstream_rq_xx",
        "envoy_http_jwt_authn_jwks_fetch_success",
        "envoy_listener_downstream_global_cx_overflow",
        "envoy_overload_envoy_resource_monitors_fixed_heap_pressure",
        "envoy_server_days_until_first_cert_expiring",
    },
    "CloudNativePG": {
        "cnpg_collector_sync_replicas",
        "cnpg_pg_replication_lag",
        "cnpg_pg_replication_streaming_replicas",
        "cnpg_pg_stat_archiver_failed_count",
    },
    "its plugin": {"barman_cloud_cloudnative_pg_io_last_available_backup_timestamp"},
}
# What Prometheus and its operator put on every series: names that no metric may use for its own.
_TARGET_LABELS = {"namespace", "job", "instance", "pod", "le"}
_FAMILY = re.compile(
    r'(?:metrics::)?(Counter|Gauge|Histogram)\(\s*"(\w+)",\s*(?:"[^"]*"\s*)+,\s*\{([^}]*)\}'
)
_WORDS = {"and", "or", "unless", "offset", "bool"}


def _rules():
    groups = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def _alerts():
    return [rule for rule in _rules() if "alert" in rule]


def _panels():
    return json.loads(dashboard.FILE.read_text())["panels"]


def _queries():
    """Every query of rules and dashboard, with where it stands."""
    for rule in _rules():
        yield rule.get("alert") or rule["record"], rule["expr"]
    for panel in _panels():
        for target in panel.get("targets", []):
            yield f"panel {panel['title']}", target["expr"]


def _families():
    """The labels of each metric of the code, by its names after a scrape."""
    found = {}
    for folder in ("common", "services"):
        for path in (ROOT / folder).rglob("*.[ch]*"):
            for kind, name, labels in _FAMILY.findall(path.read_text()):
                labels = set(re.findall(r'"(\w+)"', labels))
                suffixes = ("_bucket", "_count", "_sum") if kind == "Histogram" else ("",)
                found.update({name + suffix: labels for suffix in suffixes})
    return found


def _metrics(query):
    """The names of the metrics in a query."""
    bare = re.sub(r'"[^"]*"', "", query)
    bare = re.sub(r"\{[^}]*\}|\[[^]]*\]", " ", bare)
    bare = re.sub(r"\b(by|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", bare)
    return set(re.findall(r"(?<![\w:$])[a-zA-Z_][\w:]*(?![\w:]|\s*\()", bare)) - _WORDS


def _matchers(query):
    """(metric, label, operator, value) of every matcher in a query."""
    for name, matchers in re.findall(r"([\w:]+)\{([^}]*)\}", query):
        for label, operator, value in re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', matchers):
            yield name, label, operator, value


def _methods():
    """The protos' unary methods outside of feeds: whether each is a GET, by name."""
    found = {}
    for path in (ROOT / "proto/scharnier").rglob("*_service.proto"):
        text = path.read_text()
        for name, head, body in re.findall(r"\n  rpc (\w+)(\([^{]*)\{(.*?)\n  \}", text, re.S):
            if "stream " not in head and path.stem != "change_service":
                found[name] = re.search(r"\b(get|post|patch|put|delete): ", body)[1] == "get"
    return found


def _promtool(*arguments):
    if not PROMTOOL.exists():
        pytest.fail("There is no promtool: ./dev test deploy fetches it.")
    done = subprocess.run(
        [PROMTOOL, *arguments], cwd=FOLDER, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_finds_the_rules_correct():
    _promtool("check", "rules", "--lint=all", "--lint-fatal", "alerts.yaml")


def test_alerts_fire_and_stay_silent_as_the_cases_say():
    _promtool("test", "rules", "alerts_test.yaml")


def test_every_alert_is_seen_to_fire_with_each_severity():
    cases = (FOLDER / "alerts_test.yaml").read_text()
    for alert in _alerts():
        name, severity = alert["alert"], alert["labels"]["severity"]
        assert re.search(f'alertname="{name}", severity="{severity}"', cases), (name, severity)


def test_every_metric_exists():
    known = {rule["record"] for rule in _rules() if "record" in rule}
    known |= set(_families()).union(*FOREIGN.values())
    unknown = {(where, name) for where, query in _queries() for name in _metrics(query) - known}
    assert not unknown


def test_no_metric_has_a_label_that_a_scrape_would_rename():
    reserved = _TARGET_LABELS | {"service", "container", "endpoint"}
    assert not {name for name, labels in _families().items() if labels & reserved}


def test_every_foreign_metric_is_used():
    used = set().union(*(_metrics(query) for _, query in _queries()))
    used |= set(re.findall(r"\b[a-z_]+\b", " ".join(p.read_text() for p in RUNBOOKS.iterdir())))
    assert set().union(*FOREIGN.values()) <= used


def test_every_matched_label_exists():
    families = _families()
    unknown = {
        (where, name, label)
        for where, query in _queries()
        for name, label, _, _ in _matchers(query)
        if name in families and label not in families[name] | _TARGET_LABELS
    }
    assert not unknown


def test_reads_are_the_methods_that_get():
    (pattern,) = {
        value
        for _, query in _queries()
        for _, label, operator, value in _matchers(query)
        if (label, operator) == ("grpc_method", "=~")
    }
    methods = _methods()
    assert len(methods) > 40
    assert {name for name in methods if re.fullmatch(pattern, name)} == {
        name for name, reads in methods.items() if reads
    }


def test_states_of_messages_are_those_of_the_proto():
    proto = (ROOT / "proto/scharnier/notifications/v1/message.proto").read_text()
    states = set(re.findall(r"\b(STATE_\w+) = \d", proto))
    patterns = [
        value
        for _, query in _queries()
        for name, label, _, value in _matchers(query)
        if name.startswith("notifications_") and label == "state"
    ]
    assert patterns
    for pattern in patterns:
        prefix, _, names = pattern.partition("(")
        for state in [prefix + name for name in names.rstrip(")").split("|")]:
            assert state in states


def test_boundaries_are_those_of_the_histogram():
    code = (ROOT / "common/runtime/metrics.cc").read_text()
    boundaries = re.search(r"BucketBoundaries\{([^}]*)\}", code)[1].replace(" ", "").split(",")
    used = {
        value.strip()
        for _, query in _queries()
        for _, label, _, value in _matchers(query)
        if label == "le"
    }
    assert used <= {boundary.strip() for boundary in boundaries}


@pytest.mark.parametrize("alert", _alerts(), ids=lambda alert: alert["alert"])
def test_an_alert_says_what_to_know(alert):
    assert alert["labels"]["severity"] in ("page", "ticket")
    assert re.fullmatch(r"[1-9]\d*m", alert["for"])
    assert set(alert["annotations"]) == {"summary", "description", "runbook_url"}
    assert alert["annotations"]["runbook_url"] == f"docs/runbooks/{alert['alert']}.md"
    assert len(alert["annotations"]["summary"]) <= 80


def test_every_alert_has_a_runbook_and_every_runbook_an_alert():
    assert {path.stem for path in RUNBOOKS.iterdir()} == {alert["alert"] for alert in _alerts()}


@pytest.mark.parametrize("path", sorted(RUNBOOKS.iterdir()), ids=lambda path: path.stem)
def test_a_runbook_answers_the_four_questions(path):
    text = path.read_text()
    severities = {
        alert["labels"]["severity"].capitalize()
        for alert in _alerts()
        if alert["alert"] == path.stem
    }
    assert text.startswith(f"# {path.stem}\n\n{max(severities)}")  # a ticket comes before its page
    assert "**For people:**" in text
    assert re.findall(r"^## (.*)", text, re.M) == ["Look", "Do", "Wake"]
    for link in re.findall(r"\]\(([^)#]+\.md)", text):
        assert (path.parent / link).exists() or link == "../operations.md", link


def test_metrics_that_runbooks_ask_for_exist():
    known = set(_families()).union(*FOREIGN.values())
    for path in RUNBOOKS.iterdir():
        for name in re.findall(r"\b([a-z]+_[a-z_]+)\{", path.read_text()):
            assert name in known, (path.stem, name)


def test_what_is_made_of_other_files_is_made_of_them():
    advice = "run /usr/bin/python3 -m deploy.observability"
    assert dashboard.FILE.read_text() == dashboard.text(), advice
    assert made.RULE.read_text() == made.rule(), advice


def test_panels_are_numbered_named_and_measured():
    panels = _panels()
    for key in ("id", "title"):
        values = [panel[key] for panel in panels]
        assert len(set(values)) == len(values)
    assert [panel["type"] for panel in panels].count("row") == 4
    for panel in panels:
        if panel["type"] != "row":
            assert panel["fieldConfig"]["defaults"]["unit"]
            assert panel["targets"]


def test_panels_do_not_overlap():
    taken = set()
    for panel in _panels():
        place = panel["gridPos"]
        assert place["x"] + place["w"] <= 24
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert not cells & taken
        taken |= cells


def test_queries_of_the_dashboard_are_queries(tmp_path):
    queries = [
        re.sub(r"\$__rate_interval", "5m", target["expr"])
        for panel in _panels()
        for target in panel.get("targets", [])
    ]
    rules = [{"record": f"panel:{i}", "expr": query} for i, query in enumerate(queries)]
    file = tmp_path / "panels.yaml"
    file.write_text(yaml.dump({"groups": [{"name": "panels", "rules": rules}]}))
    _promtool("check", "rules", str(file))
