"""Writes what is made of other files here; a test holds them together.

    /usr/bin/python3 -m deploy.observability
"""

from pathlib import Path
from textwrap import indent

from deploy.observability import dashboard

FOLDER = Path(__file__).parent
RULE = FOLDER / "prometheus-rule.yaml"
_HEAD = """\
# alerts.yaml as the Prometheus operator takes it: /usr/bin/python3 -m deploy.observability
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: scharnier
spec:
"""


def rule():
    """What RULE holds."""
    return _HEAD + indent((FOLDER / "alerts.yaml").read_text(), "  ")


if __name__ == "__main__":
    RULE.write_text(rule())
    dashboard.FILE.write_text(dashboard.text())
