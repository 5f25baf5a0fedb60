"""What a client meets: connections, TLS, limits, and the filters in the order of their work."""

from typing import NamedTuple

from deploy.gateway.envoy import duration, files_secret, named, socket, typed
from deploy.gateway.routes import (
    BEARER,
    CLIENT,
    CONTENT,
    MARGIN,
    RETRIES,
    own_answers,
    ready_routes,
    routes,
)
from deploy.gateway.settings import (
    BODY_KIB,
    HEADERS,
    HEADERS_KIB,
    IDLE_STREAM,
    MIB,
    STRANGERS_BODY_KIB,
)
from deploy.gateway.upstream import ISSUER

_TOKENS = "envoy.filters.http.jwt_authn"
_ALWAYS = {"default_value": {"numerator": 100}, "runtime_key": "unused"}
# Nothing about people: no address, no path, no query, no agent. A route's name is the method's.
_ACCESS = {
    "time": "%START_TIME%",
    "method": "%ROUTE_NAME%",
    "http_method": "%REQ(:METHOD)%",
    "protocol": "%PROTOCOL%",
    "status": "%RESPONSE_CODE%",
    "grpc_status": "%GRPC_STATUS%",
    "details": "%RESPONSE_CODE_DETAILS%",
    "flags": "%RESPONSE_FLAGS%",
    "attempts": "%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
    "received_bytes": "%BYTES_RECEIVED%",
    "sent_bytes": "%BYTES_SENT%",
    "milliseconds": "%DURATION%",
}


class _Descriptor(NamedTuple):
    """By what calls are counted: how Envoy finds it, and what it compares."""

    action: dict
    entry: dict


_ADDRESS = _Descriptor({"remote_address": {}}, {"key": "remote_address"})
_SUBJECT = _Descriptor(
    {
        "metadata": {
            "descriptor_key": "subject",
            "metadata_key": {"key": _TOKENS, "path": [{"key": "token"}, {"key": "sub"}]},
            "source": "DYNAMIC",
            "skip_if_absent": True,
        }
    },
    {"key": "subject"},
)
_NO_TOKEN = _Descriptor(
    {
        "header_value_match": {
            "descriptor_key": "token",
            "descriptor_value": "none",
            "expect_match": False,
            "headers": [BEARER],
        }
    },
    {"key": "token", "value": "none"},
)
# More than strangers may send, which nobody may by GET (routes.py). Of HTTP/2 what holds most is
# reset when memory runs short.
_LARGE = _Descriptor(
    {
        "extension": {
            "name": "envoy.rate_limit_descriptors.expr",
            "typed_config": typed(
                "rate_limit_descriptors.expr.v3.Descriptor",
                descriptor_key="large",
                text="request.protocol == 'HTTP/1.1' && request.method != 'GET' && "
                "!('content-length' in request.headers && "
                f"int(request.headers['content-length']) <= {STRANGERS_BODY_KIB << 10})",
            ),
        }
    },
    {"key": "large", "value": "true"},
)


def listeners(settings, methods):
    """The one for clients, and the one for probes."""
    return [_public(settings, methods), _ready(settings)]


def _public(settings, methods):
    return {
        "name": "public",
        "address": socket(settings.listen),
        "per_connection_buffer_limit_bytes": 32 << 10,
        "listener_filters_timeout": "5s",
        "filter_chains": [
            {
                "transport_socket_connect_timeout": "5s",
                "transport_socket": _tls(settings),
                "filters": [_http(settings, methods)],
            }
        ],
    }


def _tls(settings):
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": typed(
            "transport_sockets.tls.v3.DownstreamTlsContext",
            common_tls_context={
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                "alpn_protocols": ["h2", "http/1.1"],
                "tls_certificate_sds_secret_configs": [files_secret("public", settings)],
            },
        ),
    }


def _http(settings, methods):
    return _manager(
        "public",
        # Addresses are those of connections, whatever headers say, and nobody's calls are ours.
        use_remote_address=True,
        skip_xff_append=True,
        internal_address_config={"unix_sockets": False},
        generate_request_id=False,
        codec_type="AUTO",
        common_http_protocol_options={
            "idle_timeout": "300s",
            "max_headers_count": HEADERS,
            "headers_with_underscores_action": "REJECT_REQUEST",
        },
        http2_protocol_options={
            "max_concurrent_streams": 100,
            "initial_stream_window_size": 64 << 10,
            "initial_connection_window_size": MIB,
        },
        max_request_headers_kb=HEADERS_KIB,
        request_headers_timeout=duration(settings.arrival),
        request_timeout=duration(settings.arrival),
        stream_idle_timeout=duration(IDLE_STREAM + MARGIN),
        # Answers that nobody takes hold memory.
        stream_flush_timeout="10s",
        # Names have no slashes within, so none is hidden in one.
        normalize_path=True,
        merge_slashes=True,
        path_with_escaped_slashes_action="REJECT_REQUEST",
        server_header_transformation="OVERWRITE",
        server_name="scharnier",
        access_log=[
            named(
                "access_loggers",
                "stdout",
                "access_loggers.stream.v3.StdoutAccessLog",
                log_format={"json_format": _ACCESS},
            )
        ],
        local_reply_config=own_answers(),
        route_config={
            "name": "public",
            "virtual_hosts": [
                {
                    "name": "api",
                    "domains": ["*"],
                    "routes": routes(methods),
                    "retry_policy": RETRIES,
                    "typed_per_filter_config": {"envoy.filters.http.cors": _cors_policy(settings)},
                }
            ],
        },
        http_filters=[
            _filter("cors", "cors.v3.Cors"),
            _content_noted(),
            _filter("grpc_web", "grpc_web.v3.GrpcWeb"),
            _rate("address", settings.address, (settings.address, [_ADDRESS])),
            _tokens(settings),
            _rate(
                "caller",
                settings.caller,
                (settings.caller, [_SUBJECT]),
                (settings.large, [_SUBJECT, _LARGE]),
                (settings.caller, [_NO_TOKEN, _ADDRESS]),
            ),
            # By their routes.
            {**_buffer(), "disabled": True},
            _filter("header_mutation", "header_mutation.v3.HeaderMutation"),
            _transcoder(settings, methods),
            _filter("router", "router.v3.Router", suppress_envoy_headers=True),
        ],
    )


def _cors_policy(settings):
    return typed(
        "filters.http.cors.v3.CorsPolicy",
        allow_origin_string_match=[{"exact": each} for each in settings.origins],
        allow_methods="GET, POST, PATCH",
        allow_headers="authorization, content-type, grpc-timeout, x-grpc-web, x-user-agent",
        expose_headers="grpc-status, grpc-message, grpc-status-details-bin, retry-after",
        max_age="600",
    )


def _content_noted():
    """Keeps in mind who speaks JSON: later filters make gRPC of it."""
    noted = {"metadata_namespace": CLIENT, "key": CONTENT, "type": "STRING"}
    rule = {"header": CONTENT, "on_header_present": noted, "remove": False}
    return _filter("header_to_metadata", "header_to_metadata.v3.Config", request_rules=[rule])


def _tokens(settings):
    """Refuses tokens that are none of ours. Who sends none may read what is published, and action
    tokens are the services' own; those judge every token once more."""
    provider = {
        "issuer": settings.issuer.issuer,
        "audiences": [settings.issuer.audience],
        "require_expiration": True,
        "from_headers": [{"name": "authorization", "value_prefix": "Bearer "}],
        "forward": True,
        "payload_in_metadata": "token",
        "jwt_cache_config": {"jwt_cache_size": 1000},  # of tokens that were found good
        "remote_jwks": {
            "http_uri": {
                "uri": settings.issuer.jwks_url,
                "cluster": ISSUER,
                "timeout": "5s",
            },
            "cache_duration": "60s",
            "async_fetch": {"failed_refetch_duration": "5s"},
        },
    }
    one_or_none = [{"provider_name": "oidc"}, {"allow_missing": {}}]
    return _filter(
        "jwt_authn",
        "jwt_authn.v3.JwtAuthentication",
        providers={"oidc": provider},
        rules=[
            {"match": {"prefix": "/"}, "requires": {"requires_any": {"requirements": one_or_none}}}
        ],
    )


def _rate(name, others, *limits):
    """Limits calls by each of these rates whose list of descriptors fits; others, all together,
    by the first."""
    return _filter(
        "local_ratelimit",
        "local_ratelimit.v3.LocalRateLimit",
        stat_prefix=name,
        filter_enabled=_ALWAYS,
        filter_enforced=_ALWAYS,
        token_bucket=_bucket(others),  # of tokens that name nobody
        always_consume_default_token_bucket=False,
        max_dynamic_descriptors=20_000,
        descriptors=[
            {"entries": [each.entry for each in descriptors], "token_bucket": _bucket(rate)}
            for rate, descriptors in limits
        ],
        rate_limits=[
            {"actions": [each.action for each in descriptors]} for _, descriptors in limits
        ],
        rate_limited_as_resource_exhausted=True,
        response_headers_to_add=[{"header": {"key": "retry-after", "value": "1"}}],
    )


def _bucket(rate):
    return {"max_tokens": rate.burst, "tokens_per_fill": rate.a_second, "fill_interval": "1s"}


def _buffer():
    return _filter("buffer", "buffer.v3.Buffer", max_request_bytes=BODY_KIB << 10)


def _transcoder(settings, methods):
    """Makes gRPC of JSON, strictly."""
    services = sorted({method.path.split("/")[1] for method in methods})
    return _filter(
        "grpc_json_transcoder",
        "grpc_json_transcoder.v3.GrpcJsonTranscoder",
        proto_descriptor=str(settings.descriptors),
        services=services,
        auto_mapping=False,
        convert_grpc_status=True,
        request_validation_options={
            "reject_unknown_method": True,
            "reject_unknown_query_parameters": True,
            "reject_binding_body_field_collisions": True,
        },
        max_response_body_size=16 * MIB,
        # Each message of a stream is a line.
        print_options={"stream_newline_delimited": True},
    )


def _ready(settings):
    """Probes and metrics, in plaintext; open also when clients use up all connections or memory."""
    return {
        "name": "ready",
        "address": socket(settings.ready),
        "ignore_global_conn_limit": True,
        "bypass_overload_manager": True,
        "filter_chains": [
            {
                "filters": [
                    _manager(
                        "ready",
                        route_config={
                            "name": "ready",
                            "virtual_hosts": [
                                {"name": "ready", "domains": ["*"], "routes": ready_routes()}
                            ],
                        },
                        http_filters=[_filter("router", "router.v3.Router")],
                    )
                ]
            }
        ],
    }


def _manager(prefix, **fields):
    return named(
        "filters.network",
        "http_connection_manager",
        "filters.network.http_connection_manager.v3.HttpConnectionManager",
        stat_prefix=prefix,
        **fields,
    )


def _filter(name, config, **fields):
    return named("filters.http", name, f"filters.http.{config}", **fields)
