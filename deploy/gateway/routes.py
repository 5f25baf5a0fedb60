"""Where each method goes and for how long, and how JSON clients are told what is wrong."""

import datetime

from deploy.gateway.envoy import duration, typed
from deploy.gateway.settings import DEFAULT_DEADLINE, LONGEST_STREAM, MAXIMUM_DEADLINE
from deploy.gateway.upstream import ADMIN

# A service ends a call by its own deadline and says so; we do where it does not.
MARGIN = datetime.timedelta(seconds=1)
_MIB = 1 << 20
_JSON = "/v1/"
_TYPES = "scharnier.types.v1"
# Where filters note which content a request came with.
CLIENT, CONTENT = "client", "content-type"
_TOKEN = "the access token cannot be relied on"
# What Envoy answers itself, as google.rpc.Status: HTTP status, code, reason where one of the
# services' says the same, and the text where Envoy's own is not for callers.
OWN_ANSWERS = (
    (400, 3, "MALFORMED", None),
    (401, 16, "TOKEN_INVALID", _TOKEN),
    (403, 16, "TOKEN_INVALID", _TOKEN),  # another audience's
    (404, 5, None, "the API has no such path"),
    (405, 12, None, "this path has no such method: see the header allow"),
    (408, 4, "DEADLINE_PASSED", "the request took too long to arrive or to be answered"),
    (413, 8, None, "the request is larger than 1 MiB"),
    (415, 3, "MALFORMED", "the body has to be application/json"),
    (429, 8, "RATE_LIMITED", "too much at once for one caller"),
    (431, 8, None, "the headers are more than 6 KiB, or more than 50"),
    (503, 14, "DEPENDENCY_AWAY", "the service cannot be reached: try again"),
    (504, 4, "DEADLINE_PASSED", "the service took too long to answer"),
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
# Every method may be repeated: reads have no effect, mutations have a request_id.
RETRIES = {"retry_on": "connect-failure,refused-stream,reset,unavailable", **_HOW_OFTEN}
# Of a stream nothing may have been seen yet.
_STREAM_RETRIES = {"retry_on": "connect-failure,refused-stream", **_HOW_OFTEN}


def routes(methods):
    """A route for each method by its gRPC path, which that of a JSON request has become by then,
    and answers for whatever is no method."""
    return [
        _wrong_content("/scharnier.", "application/grpc.*"),
        *map(_to_service, methods),
        *_wrong_methods(methods),
        _wrong_content(_JSON, r"application/json(\s*;.*)?"),
        _before_transcoding(methods),
        _answer({"prefix": "/"}, 404, "no-method"),
    ]


def ready_routes():
    """What the port for probes and metrics answers."""
    return [
        _admin_page("/ready", "/ready"),
        _admin_page("/metrics", "/stats/prometheus"),
    ]


def own_answers():
    """How Envoy's own answers look to JSON clients; those of gRPC get a status of gRPC's."""
    return {
        "mappers": [
            {
                "filter": _for_json(status),
                "status_code": 401 if status == 403 else status,
                "body_format_override": {
                    "json_format": _status(code, reason, text),
                    "content_type": "application/json",
                },
            }
            for status, code, reason, text in OWN_ANSWERS
        ]
    }


def _to_service(method):
    action = {
        "cluster": method.service,
        "timeout": "0s",  # the duration of the whole counts, in which the request arrives
        "max_stream_duration": _longest_stream() if method.streams else _longest_call(),
    }
    if method.streams:
        action["retry_policy"] = _STREAM_RETRIES
    return {
        "name": f"{method.service}.{method.name}",
        "match": {"path": method.path},
        "route": action,
    }


def _longest_call():
    return {
        "max_stream_duration": duration(DEFAULT_DEADLINE + MARGIN),
        "grpc_timeout_header_max": duration(MAXIMUM_DEADLINE + MARGIN),
    }


def _longest_stream():
    longest = duration(LONGEST_STREAM + MARGIN)
    return {"max_stream_duration": longest, "grpc_timeout_header_max": longest}


def _before_transcoding(methods):
    """What a JSON request has for a route until the transcoder gives it its method's, or refuses
    it: nothing goes this way, but filters before that need one that leads somewhere."""
    is_grpc = {"name": "content-type", "string_match": {"prefix": "application/grpc"}}
    match = {"prefix": _JSON, "headers": [_is_not(is_grpc)]}
    whole = typed("filters.http.buffer.v3.BufferPerRoute", buffer={"max_request_bytes": _MIB})
    longest = {"timeout": "0s", "max_stream_duration": _longest_call()}
    return {
        "name": "no-method",
        "match": match,
        "route": {"cluster": methods[0].service, **longest},
        "typed_per_filter_config": {"envoy.filters.http.buffer": whole},
    }


def _wrong_methods(methods):
    """An answer for each path whose HTTP methods are others."""
    allowed = {}
    for method in methods:
        allowed.setdefault(method.http_path, set()).add(method.http[0])
    for path, verbs in sorted(allowed.items()):
        known = "|".join(["OPTIONS", *sorted(verbs)])
        is_known = {"name": ":method", "string_match": {"safe_regex": {"regex": known}}}
        match = {"safe_regex": {"regex": path}, "headers": [_is_not(is_known)]}
        answer = _answer(match, 405, "wrong-method")
        answer["response_headers_to_add"] = [_header("allow", ", ".join(sorted(verbs)))]
        yield answer


def _wrong_content(prefix, content):
    """An answer for bodies of another type than this regular expression."""
    has_body = {"name": ":method", "string_match": {"safe_regex": {"regex": "POST|PATCH|PUT"}}}
    is_right = {"name": "content-type", "string_match": {"safe_regex": {"regex": content}}}
    match = {"prefix": prefix, "headers": [has_body, _is_not(is_right)]}
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


def _for_json(status):
    """Whether an answer has this status, and its request did not come as one of gRPC."""
    comparison = {"value": {"default_value": status, "runtime_key": "unused"}}
    # This filter cannot tell what is not so.
    other_than_grpc = {
        "filter": CLIENT,
        "path": [{"key": CONTENT}],
        "value": {"string_match": {"safe_regex": {"regex": "[^a].*|application/[^g].*"}}},
    }
    filters = [
        {"status_code_filter": {"comparison": comparison}},
        {"metadata_filter": {"matcher": other_than_grpc, "match_if_key_not_found": True}},
    ]
    return {"and_filter": {"filters": filters}}


def _status(code, reason, text):
    status = {"code": code, "message": text or "%LOCAL_REPLY_BODY%"}
    if reason:
        info = {
            "@type": "type.googleapis.com/google.rpc.ErrorInfo",
            "reason": reason,
            "domain": _TYPES,
        }
        status["details"] = [info]
    return status
