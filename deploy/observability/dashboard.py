"""The dashboard of the suite for Grafana, which dashboard.json holds: see __main__.py."""

import json
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).with_name("dashboard.json")
_ACROSS, _WIDTH, _HEIGHT = 3, 8, 7
_DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
# Where it makes sense of one service, its graphs show those that are chosen.
_JOB = 'job=~"$service"'
_PEOPLE = 'grpc_service!~".+[.]ChangeService"'
_READS = 'grpc_method=~"(Get|List|BatchGet|Search|Find).+"'
_WRITES = 'grpc_method!~"(Get|List|BatchGet|Search|Find).+"'


@dataclass
class Panel:
    """A graph: lines as (legend, query)."""

    title: str
    unit: str
    lines: list
    about: str = ""
    stack: bool = False


def _rate(metric, by, selector=_JOB):
    return f"sum by ({by}) (rate({metric}{{{selector}}}[$__rate_interval]))"


def _p99(metric, by, selector=_JOB):
    return f"histogram_quantile(0.99, {_rate(metric + '_bucket', by + ', le', selector)})"


ROWS = [
    (
        "What people notice",
        [
            Panel(
                "Calls a second",
                "reqps",
                [("{{job}}", _rate("grpc_server_handled_total", "job", f"{_JOB}, {_PEOPLE}"))],
                "Calls of people and other teams; the services' own reading of feeds is left out.",
            ),
            Panel(
                "Calls that did not end well, by code",
                "reqps",
                [
                    (
                        "{{job}} {{grpc_code}}",
                        _rate(
                            "grpc_server_handled_total",
                            "job, grpc_code",
                            f'{_JOB}, {_PEOPLE}, grpc_code!="OK"',
                        ),
                    )
                ],
                "INTERNAL, UNKNOWN, DATA_LOSS, UNAVAILABLE and DEADLINE_EXCEEDED are faults; the "
                "others refuse what was asked.",
            ),
            Panel(
                "How fast the error budget goes (1: it lasts the month)",
                "none",
                [("{{job}} {{slo}}", f"scharnier:slo_burn:1h{{{_JOB}}}")],
                "answered: 99.9 % without a fault (no line: none); reads: 99 % in 20 ms; writes: "
                "99 % in 100 ms.",
            ),
            Panel(
                "Reads: 99 of 100 are faster than",
                "s",
                [
                    (
                        "{{job}}",
                        _p99(
                            "grpc_server_handling_seconds",
                            "job",
                            f'{_JOB}, {_PEOPLE}, grpc_type="unary", {_READS}',
                        ),
                    )
                ],
                "Promised: 20 ms.",
            ),
            Panel(
                "Writes: 99 of 100 are faster than",
                "s",
                [
                    (
                        "{{job}}",
                        _p99(
                            "grpc_server_handling_seconds",
                            "job",
                            f'{_JOB}, {_PEOPLE}, grpc_type="unary", {_WRITES}',
                        ),
                    )
                ],
                "Promised: 100 ms.",
            ),
            Panel(
                "Answers of the gateway, by class",
                "reqps",
                [
                    (
                        "{{envoy_response_code_class}}xx",
                        _rate(
                            "envoy_http_downstream_rq_xx",
                            "envoy_response_code_class",
                            'envoy_http_conn_manager_prefix="public"',
                        ),
                    )
                ],
                "A fault of a gRPC call is a 2xx here: see the codes above.",
                stack=True,
            ),
        ],
    ),
    (
        "Inside the services",
        [
            Panel(
                "Calls in flight",
                "none",
                [("{{job}} {{instance}}", f"grpc_server_in_flight{{{_JOB}}}")],
            ),
            Panel(
                "Calls that wait for a thread",
                "none",
                [("{{job}} {{instance}}", f"executor_queued{{{_JOB}}}")],
                "More than 16 for long: alert CallsQueue.",
            ),
            Panel(
                "Methods: 99 of 100 calls are faster than",
                "s",
                [
                    (
                        "{{job}} {{grpc_method}}",
                        "topk(10, "
                        + _p99(
                            "grpc_server_handling_seconds",
                            "job, grpc_method",
                            f'{_JOB}, {_PEOPLE}, grpc_type="unary"',
                        )
                        + ")",
                    )
                ],
                "The ten slowest.",
            ),
            Panel(
                "Database connections",
                "none",
                [
                    (
                        "{{job}} {{state}}",
                        f"sum by (job, state) (db_pool_connections{{{_JOB}}})",
                    )
                ],
                stack=True,
            ),
            Panel(
                "Wait for a database connection (99 of 100)",
                "s",
                [("{{job}}", _p99("db_pool_wait_seconds", "job"))],
                "More than 100 ms for one in a hundred: alert PoolExhausted.",
            ),
            Panel(
                "Statements: time of the database spent on each",
                "s",
                [
                    (
                        "{{job}} {{query}}",
                        f"topk(10, {_rate('db_query_seconds_sum', 'job, query')})",
                    )
                ],
                "Seconds a second; the ten that cost most. The name is that in services/*/sql.",
            ),
            Panel(
                "Calls that share a transaction",
                "none",
                [
                    (
                        "{{job}} {{batch}}",
                        f"{_rate('batched_calls_total', 'job, batch')}"
                        f" / {_rate('batches_total', 'job, batch')}",
                    )
                ],
                "1: each has its own; up to 64 under load.",
            ),
            Panel(
                "Ready replicas",
                "none",
                [
                    (
                        "{{deployment}}",
                        'kube_deployment_status_replicas_available{namespace="scharnier", '
                        'deployment=~"$service|gateway"}',
                    )
                ],
            ),
            Panel(
                "Since when each process runs",
                "s",
                [("{{job}} {{instance}}", f"time() - process_start_time_seconds{{{_JOB}}}")],
                "A line that falls to 0 is a restart.",
            ),
        ],
    ),
    (
        "Feeds, followers and jobs",
        [
            Panel(
                "Changes a second",
                "ops",
                [("{{job}}", f"max by (job) (deriv(feed_position{{{_JOB}}}[5m]))")],
            ),
            Panel(
                "Changes without a position yet",
                "none",
                [("{{job}}", f"min by (job) (feed_unsequenced{{{_JOB}}})")],
                "Stays above 0 while nothing moves: alert FeedStuck.",
            ),
            Panel(
                "Changes that followers have yet to apply",
                "none",
                [
                    (
                        "{{job}} of {{source}}",
                        f"min by (job, source) (subscriber_lag{{{_JOB}}})",
                    )
                ],
                "Stands still, at whatever it was, while the source cannot be reached.",
            ),
            Panel(
                "Changes put aside",
                "none",
                [
                    (
                        "{{job}} of {{source}}",
                        f"max by (job, source) (subscriber_parked{{{_JOB}}})",
                    )
                ],
                "Any: alert ChangesParked.",
            ),
            Panel(
                "How long jobs have been due",
                "s",
                [
                    (
                        "{{job}} {{job_name}}",
                        f"min by (job, job_name) (job_lag_seconds{{{_JOB}}})",
                    )
                ],
            ),
            Panel(
                "PostgreSQL: how far standbys are behind",
                "s",
                [
                    (
                        "{{job}} {{pod}}",
                        'max by (job, pod) (cnpg_pg_replication_lag{namespace="scharnier"})',
                    )
                ],
            ),
        ],
    ),
    (
        "Mail and identity",
        [
            Panel(
                "Mails a second, by how the attempt ended",
                "ops",
                [("{{state}}", _rate("notifications_messages_total", "state", ""))],
                "STATE_QUEUED: put off, will be repeated. FAILURE and IN_DOUBT: ended without.",
                stack=True,
            ),
            Panel(
                "Mails that wait",
                "none",
                [("{{state}}", "min by (state) (notifications_queue_messages)")],
            ),
            Panel(
                "How long the oldest mail has been due",
                "s",
                [("oldest", "min(notifications_queue_lag_seconds)")],
                "More than half an hour: alert MailLate.",
            ),
            Panel(
                "Handing a mail to the relay (99 of 100)",
                "s",
                [("code {{code}}", _p99("notifications_smtp_seconds", "code", ""))],
                "By the relay's last code; 0: it said nothing.",
            ),
            Panel(
                "Age of the issuer's keys",
                "s",
                [("{{job}}", f"max by (job) (identity_keys_age_seconds{{{_JOB}}})")],
                "Up to 5 minutes while all is well; at 24 hours nobody can log in.",
            ),
            Panel(
                "Fetches of the issuer's keys in an hour",
                "none",
                [
                    (
                        "{{job}} {{outcome}}",
                        "sum by (job, outcome) "
                        f"(increase(identity_key_fetches_total{{{_JOB}}}[1h]))",
                    )
                ],
            ),
            Panel(
                "Certificates end in",
                "s",
                [
                    (
                        "{{job}}",
                        "min by (job) "
                        f"(tls_certificate_expiry_timestamp_seconds{{{_JOB}}}) - time()",
                    ),
                    (
                        "gateway",
                        "min(envoy_server_days_until_first_cert_expiring) * 86400",
                    ),
                ],
                "Renewed 10 days before.",
            ),
            Panel(
                "Callers that have to slow down or show who they are, a second",
                "reqps",
                [
                    (
                        "{{job}} {{grpc_code}}",
                        _rate(
                            "grpc_server_handled_total",
                            "job, grpc_code",
                            f'{_JOB}, grpc_code=~"RESOURCE_EXHAUSTED|UNAUTHENTICATED'
                            '|PERMISSION_DENIED"',
                        ),
                    )
                ],
            ),
            Panel(
                "Refused calls that the audit trail lacks, in an hour",
                "none",
                [
                    (
                        "{{job}}",
                        f"sum by (job) (increase(audit_denials_left_out_total{{{_JOB}}}[1h]))",
                    )
                ],
            ),
        ],
    ),
]


def dashboard():
    """The dashboard as Grafana imports it."""
    panels = []
    y = 0
    for title, graphs in ROWS:
        panels.append(
            {
                "id": len(panels) + 1,
                "type": "row",
                "title": title,
                "collapsed": False,
                "gridPos": {"x": 0, "y": y, "w": _ACROSS * _WIDTH, "h": 1},
                "panels": [],
            }
        )
        y += 1
        for i, graph in enumerate(graphs):
            place = {
                "x": i % _ACROSS * _WIDTH,
                "y": y + i // _ACROSS * _HEIGHT,
                "w": _WIDTH,
                "h": _HEIGHT,
            }
            panels.append(_graph(len(panels) + 1, graph, place))
        y += -(-len(graphs) // _ACROSS) * _HEIGHT
    return {
        "uid": "scharnier",
        "title": "Scharnier",
        "tags": ["scharnier"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "30s",
        "timezone": "browser",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Prometheus",
                    "type": "datasource",
                    "query": "prometheus",
                },
                {
                    "name": "service",
                    "label": "Service",
                    "type": "query",
                    "datasource": _DATASOURCE,
                    "query": 'label_values(grpc_server_started_total{grpc_service=~"scharnier.+"}, '
                    "job)",
                    "refresh": 2,
                    "sort": 1,
                    "multi": True,
                    "includeAll": True,
                    "current": {"text": "All", "value": "$__all"},
                },
            ]
        },
        "panels": panels,
    }


def _graph(number, graph, place):
    return {
        "id": number,
        "type": "timeseries",
        "title": graph.title,
        "description": graph.about,
        "datasource": _DATASOURCE,
        "gridPos": place,
        "fieldConfig": {
            "defaults": {
                "unit": graph.unit,
                "min": 0,
                "custom": {
                    "fillOpacity": 30 if graph.stack else 0,
                    "stacking": {"mode": "normal" if graph.stack else "none"},
                },
            },
            "overrides": [],
        },
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom"},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {
                "refId": chr(ord("A") + i),
                "datasource": _DATASOURCE,
                "expr": expr,
                "legendFormat": legend,
            }
            for i, (legend, expr) in enumerate(graph.lines)
        ],
    }


def text():
    """What the file holds."""
    return json.dumps(dashboard(), indent=1) + "\n"
