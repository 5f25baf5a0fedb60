"""A client of the gateway that speaks JSON, and the way in which a method's request becomes HTTP.

    client = Client(scene.stack)
    answer = client.ask("GET", "/v1/sessions", caller="staff devos")
    answer.status, answer.json, answer.reason
"""

import http.client
import json
import re
import ssl
import urllib.request
from dataclasses import dataclass
from urllib.parse import urlencode

from google.protobuf import json_format

from deploy.local.channel import credentials
from tests.programmes import pb

_VARIABLE = re.compile(r"{([^=}]+)=[^}]+}")
# Those of gRPC's codes, as google.rpc.Code says.
HTTP_STATUS = {0: 200, 3: 400, 4: 504, 5: 404, 6: 409, 7: 403, 8: 429, 9: 400, 10: 409, 11: 400}
HTTP_STATUS |= {12: 501, 13: 500, 14: 503, 16: 401}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        """The body."""
        return json.loads(self.body)

    @property
    def reason(self):
        """The reason in the details of an error; empty where there is none."""
        found = (each["reason"] for each in self.json.get("details", ()) if "reason" in each)
        return next(found, "")


class Client:
    """Somebody outside: each request has a connection of its own. `caller` as in suite.py."""

    def __init__(self, stack, seconds=20.0):
        self._stack = stack
        self._seconds = seconds

    def connect(self):
        """A connection over TLS, for HTTP/1.1."""
        host, port = self._stack.gateway.address.split(":")
        context = ssl.create_default_context(cafile=self._stack.ca_file)
        connection = http.client.HTTPSConnection(
            host, int(port), timeout=self._seconds, context=context
        )
        connection.connect()
        return connection

    def ask(self, method, path, body=None, caller=None, headers=(), lines=None):
        """Asks once. A body of JSON is given as what it means, others as bytes. Of a stream as
        many lines are read."""
        connection = self.connect()
        try:
            self.send(connection, method, path, body, caller, headers)
            answer = connection.getresponse()
            content = answer.readline if lines else answer.read
            read = b"".join(content() for _ in range(lines or 1))
            return Answer(answer.status, answer.headers, read)
        finally:
            connection.close()

    def send(self, connection, method, path, body=None, caller=None, headers=()):
        """Sends a request; one that is answered before it has left is no fault."""
        headers = {**dict(credentials(caller, self._stack.token)), **dict(headers)}
        if body is not None and not isinstance(body, bytes):
            headers.setdefault("content-type", "application/json")
            body = json.dumps(body).encode()
        try:
            connection.request(method, path, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            pass

    def begin(self, connection, path, caller=None, headers=()):
        """Sends a request of JSON but for most of its body."""
        connection.putrequest("POST", path)
        usual = {"content-type": "application/json", "content-length": "100"}
        own = dict(credentials(caller, self._stack.token))
        for name, value in {**usual, **own, **dict(headers)}.items():
            connection.putheader(name, value)
        connection.endheaders(b"{")


def metrics(stack):
    """The text of the gateway's."""
    url = f"http://{stack.gateway.ready_address}/metrics"
    with urllib.request.urlopen(url, timeout=10) as answer:
        return answer.read().decode()


def count(stack, name, **labels):
    """The sum of the gateway's series of this name that have these labels."""
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    series = re.findall(rf"^{name}({{.*}}) (\d+)$", metrics(stack), re.M)
    return sum(int(value) for given, value in series if all(each in given for each in wanted))


def as_http(rpc, requests):
    """The HTTP method, path and body of a method's request, or of those of a stream."""
    rule = rpc.method.GetOptions().Extensions[pb.annotations.http]
    verb = rule.WhichOneof("pattern")
    if rpc.method.client_streaming:
        return verb.upper(), getattr(rule, verb), [_as_json(each) for each in requests]
    rest = rpc.request()
    rest.CopyFrom(requests[0])
    path = _VARIABLE.sub(lambda found: _take(rest, found[1]), getattr(rule, verb))
    body = None
    if rule.body == "*":
        body, rest = _as_json(rest), rpc.request()
    elif rule.body:
        body = _as_json(getattr(rest, rule.body))
        rest.ClearField(rule.body)
    query = urlencode(list(_parameters(_as_json(rest))))
    return verb.upper(), f"{path}?{query}" if query else path, body


def _as_json(message):
    return json_format.MessageToDict(message)


def _take(message, path):
    """The text of the field at a path, which is cleared."""
    *parents, last = path.split(".")
    for each in parents:
        message = getattr(message, each)
    text = getattr(message, last)
    message.ClearField(last)
    return text


def _parameters(value, path=""):
    """The parameters of a query that say the same as this JSON."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _parameters(each, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for each in value:
            yield from _parameters(each, path)
    else:
        yield path, json.dumps(value) if isinstance(value, bool) else value
