"""Probes as a kubelet has them: what asks, and what the answers come to."""

import socket
import urllib.error
import urllib.request

from deploy.local.health import is_serving


def ask(probe, address):
    """Whether a pod answers a probe as it should."""
    seconds = probe.get("timeoutSeconds", 1)
    if "grpc" in probe:
        asked = probe["grpc"]
        return is_serving(f"{address}:{asked['port']}", seconds, asked.get("service") or "")
    if "httpGet" in probe:
        url = f"http://{address}:{probe['httpGet']['port']}{probe['httpGet']['path']}"
        try:
            with urllib.request.urlopen(url, timeout=seconds) as answer:
                return 200 <= answer.status < 400
        except OSError:  # all of urllib's errors are
            return False
    try:
        socket.create_connection((address, probe["tcpSocket"]["port"]), seconds).close()
        return True
    except OSError:
        return False


class Gauge:
    """What a probe's answers in a row come to: passing after `successThreshold`, failing after
    `failureThreshold`, as before in between."""

    def __init__(self, probe, passing):
        self._enough = {
            True: probe.get("successThreshold", 1),
            False: probe.get("failureThreshold", 3),
        }
        self.passing = passing
        self._last, self._times = passing, 0

    def take(self, answer):
        """Takes an answer; whether so many bad ones have come that the probe has failed."""
        self._times = self._times + 1 if answer == self._last else 1
        self._last = answer
        if self._times >= self._enough[answer]:
            self.passing = answer
        return not answer and self._times >= self._enough[False]
