"""As much HTTP/2 as it takes to send what gRPC's own clients would not: headers, and calls that are
taken back at once.

    answer = ask(scene.stack.address("events"), path, headers=[(b"grpc-timeout", b"soon")])
    answer.grpc_status    # of gRPC; None where the transport refused
    take_back(scene.stack.gateway.address, path, calls=2000)    # "goaway"
"""

import contextlib
import re
import socket
import ssl
import struct
from dataclasses import dataclass

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RST_STREAM, _SETTINGS, _PING = 0, 1, 3, 4, 6
_GOAWAY, _WINDOW_UPDATE, _CONTINUATION = 7, 8, 9
_ACK = _END_STREAM = 0x1
_END_HEADERS = 0x4
_STREAM = 1
_ENDED = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)
_CANCEL = struct.pack(">I", 8)
_LARGEST_FRAME = 16_384
# So that details come as they are, not in base64 and Huffman's code.
_TRUE_BINARY = struct.pack(">HI", 0xFE03, 1)
_NO_WINDOW = struct.pack(">HI", 4, 0)  # for bodies of answers
_STATUS = re.compile(rb"grpc-status[\x01\x02](\d+)")
_REASON = re.compile(rb"\n.([A-Z_]{4,40})\x12.scharnier\.", re.DOTALL)


@dataclass(frozen=True)
class Answer:
    """What came back. The headers are read just far enough to tell how the call ended: on a new
    connection they are spelt out."""

    headers: bytes = b""
    data: bytes = b""
    ended: str = ""  # by the transport: "reset", "goaway", "closed"

    @property
    def grpc_status(self):
        """The number of the status; None where there is none."""
        found = _STATUS.search(self.headers)
        return int(found[1]) if found else None

    @property
    def reason(self):
        """The reason in the details; empty where there is none."""
        found = _REASON.search(self.headers)
        return found[1].decode() if found else ""


def ask(address, path, headers=(), message=b"", seconds=10.0):
    """Calls a method once over a connection of its own, with headers beside those that a call has
    to have. One that is given again replaces those; a value of None leaves it out."""
    with _connect(address, seconds) as connection:
        _greet(connection)
        try:
            connection.sendall(_head(_call(path, headers)))
            body = b"\0" + struct.pack(">I", len(message)) + message
            connection.sendall(_frame(_DATA, _END_STREAM, _STREAM, body))
        except OSError:
            pass  # it says why in what it has sent
        return _read(connection)


def take_back(address, path, calls, seconds=10.0):
    """Begins calls over one connection and takes each back at once, as in CVE-2023-44487. How the
    connection was ended meanwhile: "goaway", "closed"; empty where it was not."""
    block = _get(path)
    with _connect(address, seconds) as connection:
        _greet(connection)
        try:
            for stream in range(1, 2 * calls, 2):
                connection.sendall(
                    _frame(_HEADERS, _END_HEADERS | _END_STREAM, stream, block)
                    + _frame(_RST_STREAM, 0, stream, _CANCEL)
                )
            connection.sendall(_frame(_PING, 0, 0, bytes(8)))
        except _ENDED:
            pass  # it says why in what it has sent
        try:
            while True:
                kind, flags, *_ = _next_frame(connection)
                if kind == _GOAWAY:
                    return "goaway"
                if kind == _PING and flags & _ACK:
                    return ""
        except _ENDED:
            return "closed"


def unread(address, path, connections, calls):
    """Meanwhile as many connections have as many calls each, whose answers nobody takes."""
    heads = _heads(_get(path), _END_HEADERS | _END_STREAM, calls)
    return _held(address, heads, connections, _NO_WINDOW)


def unread_calls(address, path, connections, calls):
    """The same of gRPC, whose answers the gateway passes on as they come."""
    streams = range(1, 2 * calls, 2)
    empty = b"".join(_frame(_DATA, _END_STREAM, stream, bytes(5)) for stream in streams)
    heads = _heads(_call(path), _END_HEADERS, calls)
    return _held(address, heads + empty, connections, _NO_WINDOW)


def unfinished(address, path, connections, calls, headers=(), frames=0):
    """The same with calls of gRPC whose requests never end; so many frames of each are sent."""
    whole = bytes(_LARGEST_FRAME)
    streams = range(1, 2 * calls, 2)
    begun = b"".join(_frame(_DATA, 0, stream, whole) * frames for stream in streams)
    heads = _heads(_call(path, headers), _END_HEADERS, calls)
    return _held(address, heads + begun, connections, _TRUE_BINARY)


def fill(address, path, calls, headers=(), size=1 << 20):
    """Begins as many calls of gRPC over one connection and sends so much of each, though no end, as
    fast as it is taken. How many of them were ended meanwhile."""
    sent = dict.fromkeys(range(1, 2 * calls, 2), 0)  # of those that go on
    windows = dict.fromkeys([0, *sent], 65_535)  # of the connection, and of each
    with _connect(address, seconds=30) as connection:
        _greet(connection)
        connection.sendall(_heads(_call(path, headers), _END_HEADERS, calls))
        while min(sent.values(), default=size) < size:
            frames = b""
            for stream, so_far in sent.items():
                length = min(_LARGEST_FRAME, windows[0], windows[stream], size - so_far)
                if length:
                    frames += _frame(_DATA, 0, stream, bytes(length))
                    for each in (0, stream):
                        windows[each] -= length
                    sent[stream] += length
            if frames:
                connection.sendall(frames)
                continue
            kind, flags, stream, payload = _next_frame(connection)
            if kind == _WINDOW_UPDATE:
                windows[stream] += int.from_bytes(payload, "big")
            elif kind == _RST_STREAM or (kind == _HEADERS and flags & _END_STREAM):
                sent.pop(stream, None)
    return calls - len(sent)


@contextlib.contextmanager
def _held(address, heads, connections, settings):
    with contextlib.ExitStack() as held:
        for _ in range(connections):
            try:
                connection = held.enter_context(_connect(address, seconds=5))
                _greet(connection, settings)
                connection.sendall(heads)
            except OSError:
                break  # no more are taken
        yield


def _heads(block, flags, calls):
    """Of as many streams."""
    return b"".join(_frame(_HEADERS, flags, stream, block) for stream in range(1, 2 * calls, 2))


def _call(path, headers=()):
    """The headers of a call, beside these: one that is given again replaces the usual one, and a
    value of None leaves it out."""
    own = {
        b":method": b"POST",
        b":scheme": b"https",
        b":path": path.encode(),
        b":authority": b"localhost",
        b"content-type": b"application/grpc",
        b"te": b"trailers",
    }
    pairs = [(name, value) for name, value in own.items() if name not in dict(headers)]
    pairs += [(name, value) for name, value in headers if value is not None]
    pairs.sort(key=lambda pair: not pair[0].startswith(b":"))
    return b"".join(_literal(*pair) for pair in pairs)


def _get(path):
    """The headers of a request."""
    names = (b":method", b":scheme", b":path", b":authority")
    return b"".join(map(_literal, names, (b"GET", b"https", path.encode(), b"localhost")))


def _greet(connection, settings=_TRUE_BINARY):
    connection.sendall(_PREFACE + _frame(_SETTINGS, 0, 0, settings))
    # A service holds us to its limits once we have said that we know them.
    kind = None
    while kind != _SETTINGS:
        kind, *_ = _next_frame(connection)
    connection.sendall(_frame(_SETTINGS, _ACK, 0, b""))


def _connect(address, seconds):
    host, port = address.split(":")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context.wrap_socket(socket.create_connection((host, int(port)), timeout=seconds))


def _read(connection):
    """The answer's frames, until the stream or the connection ends."""
    headers, data = b"", b""
    while True:
        try:
            kind, flags, stream, payload = _next_frame(connection)
        except OSError:
            return Answer(headers, data, "closed")
        if kind == _GOAWAY:
            return Answer(headers, data, "goaway")
        elif kind == _RST_STREAM and stream == _STREAM:
            return Answer(headers, data, "" if _STATUS.search(headers) else "reset")
        elif kind in (_HEADERS, _CONTINUATION):
            headers += payload
        elif kind == _DATA:
            data += payload
        if flags & _END_STREAM and kind in (_DATA, _HEADERS):
            return Answer(headers, data)


def _next_frame(connection):
    head = _exactly(connection, 9)
    length = int.from_bytes(head[:3], "big")
    stream = int.from_bytes(head[5:], "big")
    return head[3], head[4], stream, _exactly(connection, length)


def _exactly(connection, count):
    content = b""
    while len(content) < count:
        more = connection.recv(count - len(content))
        if not more:
            raise ConnectionError("the connection ended")
        content += more
    return content


def _frame(kind, flags, stream, payload):
    return struct.pack(">I", len(payload))[1:] + struct.pack(">BBI", kind, flags, stream) + payload


def _head(block):
    """A block of headers in frames of a size that everybody takes."""
    frames, kind = b"", _HEADERS
    while len(block) > _LARGEST_FRAME:
        frames += _frame(kind, 0, _STREAM, block[:_LARGEST_FRAME])
        block, kind = block[_LARGEST_FRAME:], _CONTINUATION
    return frames + _frame(kind, _END_HEADERS, _STREAM, block)


def _literal(name, value):
    """A header by itself, which nobody is to keep."""
    return b"\0" + _text(name) + _text(value)


def _text(text):
    """A text after its length, in HPACK's form with a prefix of seven bits."""
    if len(text) < 127:
        return bytes([len(text)]) + text
    rest, length = len(text) - 127, b"\x7f"
    while rest >= 128:
        length += bytes([rest % 128 + 128])
        rest //= 128
    return length + bytes([rest]) + text
