"""Where each method goes and for how long, and how JSON clients are told what is wrong."""

import base64
import datetime

from deploy.gateway.envoy import duration, named, typed
from deploy.gateway.settings import (
    BODY_KIB,
    DEFAULT_DEADLINE,
    HEADERS,
    HEADERS_KIB,
    LONGEST_STREAM,
    MAXIMUM_DEADLINE,
    STRANGERS_BODY_KIB,
)
from deploy.gateway.upstream import ADMIN

# A service ends what takes longest by its own limit and says so; we do where it does not.
MARGIN = datetime.timedelta(seconds=1)
BEARER = {"name": "authorization", "string_match": {"prefix": "Bearer "}}
# Methods of HTTP that have a body; with others nobody sends much.
_HAS_BODY = {"name": ":method", "string_match": {"safe_regex": {"regex": "POST|PATCH|PUT"}}}
_JSON = "/v1/"
_FRAME = 5  # bytes of gRPC before its message
_TYPES = "scharnier.types.v1"
_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
# Where filters note which content a request came with.
CLIENT, CONTENT = "client", "content-type"
# This filter cannot tell what is not so.
_OTHER_THAN_GRPC, _WEB = "[^a].*|application/[^g].*", "application/grpc-web.*"
_TOKEN = "the access token cannot be relied on"
_TOO_LARGE = f"a body may be {STRANGERS_BODY_KIB} KiB, with an access token {BODY_KIB} KiB"
_TOO_LONG = "the request took too long to arrive or to be answered"
# What Envoy answers itself, as google.rpc.Status: HTTP status, code, reason where one of the
# services' says the same, and the text where Envoy's own is not for callers.
OWN_ANSWERS = (
    (400, 3, "MALFORMED", "malformed path, headers or body. %LOCAL_REPLY_BODY%"),
    (401, 16, "TOKEN_INVALID", _TOKEN),
    (403, 3, "MALFORMED", "the connection cannot be upgraded"),
    (404, 5, None, "the API has no such path"),
    (405, 12, None, "this path has no such method: see the header allow"),
    (408, 4, "DEADLINE_PASSED", _TOO_LONG),
    (413, 8, None, _TOO_LARGE),
    (415, 3, "MALFORMED", "the body has to be application/json"),
    (429, 8, "RATE_LIMITED", "too much at once for one caller"),
    (431, 8, None, f"the headers are more than {HEADERS_KIB} KiB, or more than {HEADERS}"),
    (503, 14, "DEPENDENCY_AWAY", "the service cannot be reached: try again"),
    (504, 4, "DEADLINE_PASSED", "the service took too long to answer"),
    (507, 14, "DEPENDENCY_AWAY", "the service cannot be reached: try again"),  # a retry too large
)
# Those that callers hear under another status.
_TOLD_AS = {403: 400, 507: 503}
# Of those, the ones that gRPC knows by the same code; gRPC-Web has its code from the HTTP status,
# which for these three is another.
_ALIKE = (401, 408, 429, 503, 504, 507)
_OTHERS_ON_THE_WEB = (408, 429, 504)
# Of tokens, by status and what Envoy says of why. One that cannot be judged may be a good one; one
# of another audience is as bad as others.
_OF_TOKENS = (
    (401, "Jwks", 503, (14, "DEPENDENCY_AWAY", "the issuer cannot be reached: try again")),
    (403, "jwt_authn", 401, (16, "TOKEN_INVALID", _TOKEN)),
)
_HOW_OFTEN = {
    "num_retries": 2,
    "retry_back_off": {"base_interval": "0.05s", "max_interval": "0.5s"},
    "retry_host_predicate": [
        {
            "name": "envoy.retry_host_predicates.previous_hosts",
            "typed_config": typed("retry.host.previous_hosts.v3.PreviousHostsPredicate"),
        }
    ],
    "host_selection_retry_max_attempts": 3,
}


def _held(kib):
    """Has a request kept until all of it is there: what never ends takes no service's place."""
    most = {"max_request_bytes": (kib << 10) + _FRAME}
    whole = typed("filters.http.buffer.v3.BufferPerRoute", buffer=most)
    return {"envoy.filters.http.buffer": whole}


def _longest(unasked, asked):
    """For how long a call may run, from its first byte; Envoy tells the service how long there
    is."""
    return {"max_stream_duration": duration(unasked), "grpc_timeout_header_max": duration(asked)}


# What strangers begin and do not end takes memory here: it is little, and soon given up. Anybody
# may say that a token is one; those that are none of ours come no further.
_HELD, _STRANGERS_HELD = _held(BODY_KIB), _held(STRANGERS_BODY_KIB)
_LONGEST_CALL = _longest(DEFAULT_DEADLINE, MAXIMUM_DEADLINE + MARGIN)
_LONGEST_STREAM = _longest(LONGEST_STREAM + MARGIN, LONGEST_STREAM + MARGIN)
_STRANGERS_LONGEST = _longest(DEFAULT_DEADLINE, DEFAULT_DEADLINE)
# What the transcoder makes of JSON is not compressed, whatever its request says.
_UNCOMPRESSED = {
    "envoy.filters.http.header_mutation": typed(
        "filters.http.header_mutation.v3.HeaderMutationPerRoute",
        mutations={"request_mutations": [{"remove": "grpc-encoding"}]},
    )
}
# Every method may be repeated: reads have no effect, mutations have a request_id. A replica that is
# told to end answers CANCELLED to what reaches it in that instant.
RETRIES = {"retry_on": "connect-failure,refused-stream,reset,unavailable,cancelled", **_HOW_OFTEN}
# Of a stream nothing may have been seen yet.
_STREAM_RETRIES = {"retry_on": "connect-failure,refused-stream", **_HOW_OFTEN}


def routes(methods):
    """A route for each method by its gRPC path, which that of a JSON request has become by then,
    and answers for whatever is no method."""
    return [
        _wrong_content("/scharnier.", "application/grpc.*"),
        *(route for method in methods for route in _to_service(method)),
        *_wrong_methods(methods),
        _wrong_content(_JSON, r"(?i)application/json(\s*;.*)?"),
        _before_transcoding(methods, _HELD, _LONGEST_CALL, [BEARER, _HAS_BODY]),
        _before_transcoding(methods, _STRANGERS_HELD, _LONGEST_CALL, [BEARER]),
        _before_transcoding(methods, _STRANGERS_HELD, _STRANGERS_LONGEST),
        _answer({"prefix": "/"}, 404, "no-method"),
    ]


def ready_routes():
    """What the port for probes and metrics answers."""
    return [
        _admin_page("/ready", "/ready"),
        _admin_page("/metrics", "/stats/prometheus"),
    ]


def own_answers():
    """How Envoy's own answers look: to clients of JSON as google.rpc.Status, to those of gRPC with
    the same among the details. Of these the first that fits counts."""
    for_json = [
        _mapper(status, _for_json(status), _as_json(*answer)) for status, *answer in OWN_ANSWERS
    ]
    for_grpc = [
        _mapper(status, _has_status(status), _as_details(*answer))
        for status, *answer in OWN_ANSWERS
        if status in _ALIKE
    ]
    # Without details, which would tell of another code: to gRPC some are UNKNOWN.
    too_slow = _both(_has_status(408), _because("request_overall_timeout"))
    other_code = [
        _mapper(413, _has_status(413), _as_text(_TOO_LARGE)),
        _mapper(408, too_slow, _as_text(_TOO_LONG)),
        *(
            _mapper(status, _both(_has_status(status), _came_as(_WEB)), _as_text(text))
            for status, _, _, text in OWN_ANSWERS
            if status in _OTHERS_ON_THE_WEB
        ),
    ]
    by_details = []
    for status, details, told_as, answer in _OF_TOKENS:
        because = _because(details)
        by_details += [
            _mapper(told_as, _both(_for_json(status), because), _as_json(*answer)),
            _mapper(told_as, _both(_has_status(status), because), _as_details(*answer)),
        ]
    return {"mappers": [*by_details, *for_json, *other_code, *for_grpc]}


def _because(details):
    """Whether Envoy's own words for why it answers have these in them."""
    expression = f"response.code_details.contains('{details}')"
    config = "access_loggers.filters.cel.v3.ExpressionFilter"
    kind = "access_loggers.extension_filters"
    return {"extension_filter": named(kind, "cel", config, expression=expression)}


def _mapper(status, condition, format):
    return {"filter": condition, "status_code": _TOLD_AS.get(status, status), **format}


def _to_service(method):
    """Its routes: for those who show an access token, and for strangers."""
    held = {} if method.client_streams else _HELD
    longest = _LONGEST_STREAM if method.streams else _LONGEST_CALL
    yield _route(method, held, longest, headers=[BEARER, _HAS_BODY])
    yield _route(method, _STRANGERS_HELD, _STRANGERS_LONGEST)


def _route(method, held, longest, **also):
    action = {
        "cluster": method.service,
        "timeout": "0s",  # the duration of the whole counts, in which the request arrives
        "max_stream_duration": longest,
    }
    if method.streams:
        action["retry_policy"] = _STREAM_RETRIES
    return {
        "name": f"{method.service}.{method.name}",
        "match": {"path": method.path, **also},
        "route": action,
        "typed_per_filter_config": held,
    }


def _before_transcoding(methods, held, longest, headers=()):
    """What a JSON request has for a route until the transcoder gives it its method's, or refuses
    it: nothing goes this way, but filters before that need one that leads somewhere."""
    is_grpc = {"name": "content-type", "string_match": {"prefix": "application/grpc"}}
    match = {"prefix": _JSON, "headers": [_is_not(is_grpc), *headers]}
    return {
        "name": "before-transcoding",
        "match": match,
        "route": {
            "cluster": methods[0].service,
            "timeout": "0s",
            "max_stream_duration": longest,
        },
        "typed_per_filter_config": {**held, **_UNCOMPRESSED},
    }


def _wrong_methods(methods):
    """An answer for each path whose HTTP methods are others."""
    allowed = {}
    for method in methods:
        allowed.setdefault(method.http_path, set()).add(method.verb)
    for path, verbs in sorted(allowed.items()):
        known = "|".join(["OPTIONS", *sorted(verbs)])
        is_known = {"name": ":method", "string_match": {"safe_regex": {"regex": known}}}
        match = {"safe_regex": {"regex": path}, "headers": [_is_not(is_known)]}
        answer = _answer(match, 405, "wrong-method")
        answer["response_headers_to_add"] = [_header("allow", ", ".join(sorted(verbs)))]
        yield answer


def _wrong_content(prefix, content):
    """An answer for bodies of another type than this regular expression."""
    is_right = {"name": "content-type", "string_match": {"safe_regex": {"regex": content}}}
    match = {"prefix": prefix, "headers": [_HAS_BODY, _is_not(is_right)]}
    return _answer(match, 415, "wrong-content")


def _answer(match, status, name):
    """Answers itself, whatever the transcoder thinks."""
    off = {"@type": "type.googleapis.com/envoy.config.route.v3.FilterConfig", "disabled": True}
    return {
        "name": name,
        "match": match,
        "direct_response": {"status": status},
        "typed_per_filter_config": {"envoy.filters.http.grpc_json_transcoder": off},
    }


def _is_not(header):
    """Holds also where there is no such header."""
    return {**header, "invert_match": True, "treat_missing_header_as_empty": True}


def _admin_page(path, page):
    return {
        "match": {"path": path},
        "route": {"cluster": ADMIN, "timeout": "5s", "prefix_rewrite": page},
    }


def _header(key, value):
    return {"header": {"key": key, "value": value}}


def _has_status(status):
    comparison = {"value": {"default_value": status, "runtime_key": "unused"}}
    return {"status_code_filter": {"comparison": comparison}}


def _for_json(status):
    """Whether an answer has this status, and its request did not come as one of gRPC."""
    return _both(_has_status(status), _came_as(_OTHER_THAN_GRPC, or_without=True))


def _came_as(content, or_without=False):
    """Whether a request came with content of this type."""
    matcher = {
        "filter": CLIENT,
        "path": [{"key": CONTENT}],
        "value": {"string_match": {"safe_regex": {"regex": content}}},
    }
    return {"metadata_filter": {"matcher": matcher, "match_if_key_not_found": or_without}}


def _both(one, other):
    return {"and_filter": {"filters": [one, other]}}


def _as_json(code, reason, text):
    status = {"code": code, "message": text or "%LOCAL_REPLY_BODY%"}
    if reason:
        status["details"] = [{"@type": _INFO, "reason": reason, "domain": _TYPES}]
    body = {"json_format": status, "content_type": "application/json"}
    return {"body_format_override": body}


def _as_details(code, reason, text):
    """The text of gRPC's status, and its details in protobuf's form and base64 without padding."""
    info = _field(1, reason) + _field(2, _TYPES)
    any_info = _field(1, _INFO) + _field(2, info)
    status = bytes([1 << 3, code]) + _field(2, text) + _field(3, any_info)
    details = base64.b64encode(status).decode().rstrip("=")
    return {**_as_text(text), "headers_to_add": [_header("grpc-status-details-bin", details)]}


def _as_text(text):
    return {"body_format_override": {"text_format_source": {"inline_string": text}}}


def _field(number, content):
    """A field of text or of a message that is shorter than 128 bytes."""
    content = content.encode() if isinstance(content, str) else content
    assert len(content) < 128
    return bytes([number << 3 | 2, len(content)]) + content
