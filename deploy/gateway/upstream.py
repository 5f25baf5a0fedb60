"""What is behind the gateway: every replica of the services, the issuer's keys, and itself."""

from deploy.gateway.envoy import duration, files_secret, named, socket, typed
from deploy.gateway.settings import MIB, Address

ISSUER, ADMIN = "issuer", "admin"
_STREAMS, _STREAM_WINDOW = 100, 64 << 10  # of a connection to a service


def clusters(settings):
    """All of Envoy's clusters."""
    return [
        *(_service(name, each, settings) for name, each in sorted(settings.services.items())),
        _issuer(settings),
        _admin(settings),
    ]


def _service(name, service, settings):
    endpoint = {
        "address": socket(Address(service.host, service.port)),
        # Health is asked on a port of its own, which speaks no TLS.
        "health_check_config": {"port_value": service.health_port},
    }
    return {
        "name": name,
        "type": "STRICT_DNS",  # asks every 5 s: so long a new replica waits for calls
        "dns_lookup_family": "V4_PREFERRED",
        "lb_policy": "ROUND_ROBIN",
        "connect_timeout": "2s",
        "per_connection_buffer_limit_bytes": MIB,
        "load_assignment": _only(name, endpoint),
        # A replica that goes is no address any more long before it stops answering for its health:
        # without this Envoy would call it until then.
        "ignore_health_on_host_removal": True,
        "health_checks": [
            {
                "interval": "2s",
                "no_traffic_interval": "2s",
                "timeout": "1s",
                "unhealthy_threshold": 2,
                "healthy_threshold": 1,
                "grpc_health_check": {},
                "transport_socket_match_criteria": {"port": "health"},
            }
        ],
        "outlier_detection": {
            # Connections that fail or are lost. What a service answers is no reason to leave its
            # callers with fewer replicas: it may be another one that is away.
            "split_external_local_origin_errors": True,
            "consecutive_local_origin_failure": 5,
            "enforcing_consecutive_local_origin_failure": 100,
            "enforcing_local_origin_success_rate": 0,
            "enforcing_consecutive_gateway_failure": 0,
            "enforcing_consecutive_5xx": 0,
            "enforcing_success_rate": 0,
            "interval": "5s",
            "base_ejection_time": "10s",
            "max_ejection_percent": 50,
        },
        "circuit_breakers": {
            "thresholds": [
                {
                    # Against a service that answers nobody.
                    "max_connections": 100,
                    "max_pending_requests": 4000,
                    "max_requests": 4000,
                    "retry_budget": {
                        "budget_percent": {"value": 20},
                        "min_retry_concurrency": 3,
                    },
                }
            ]
        },
        "typed_extension_protocol_options": _http2(),
        "transport_socket_matches": [
            {
                "name": "health",
                "match": {"port": "health"},
                "transport_socket": {
                    "name": "envoy.transport_sockets.raw_buffer",
                    "typed_config": typed("transport_sockets.raw_buffer.v3.RawBuffer"),
                },
            }
        ],
        "transport_socket": _mutual_tls(name, service, settings),
    }


def _http2():
    name = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
    return {
        name: typed(
            "upstreams.http.v3.HttpProtocolOptions",
            http_filters=[
                _identity_headers(),
                named(
                    "filters.http", "upstream_codec", "filters.http.upstream_codec.v3.UpstreamCodec"
                ),
            ],
            common_http_protocol_options={"idle_timeout": "240s"},  # below the services' 300 s
            explicit_http_config={
                "http2_protocol_options": {
                    "max_concurrent_streams": _STREAMS,
                    "initial_stream_window_size": _STREAM_WINDOW,
                    # All callers share it: those who do not read their answers leave room for
                    # others, however many they are.
                    "initial_connection_window_size": 2 * _STREAMS * _STREAM_WINDOW,
                    # Services end connections that are asked more often than every 30 s.
                    "connection_keepalive": {"interval": "60s", "timeout": "20s"},
                }
            },
        )
    }


def _identity_headers():
    """Lets nothing through by which somebody could pretend to be somebody, or break a connection on
    which others call: services need no header that begins or ends so, and gRPC takes one ending in
    -bin that is no base64 for a fault of the connection. Routing does, therefore only here."""
    removals = [
        {"remove_on_match": {"key_matcher": {"prefix": "x-"}}},
        {"remove_on_match": {"key_matcher": {"suffix": "-bin"}}},
        {"remove": "cookie"},
        {"remove": "forwarded"},
    ]
    return named(
        "filters.http",
        "header_mutation",
        "filters.http.header_mutation.v3.HeaderMutation",
        mutations={"request_mutations": removals},
    )


def _mutual_tls(name, service, settings):
    """Shows the gateway's certificate; takes that of exactly this service."""
    spiffe_id = {"san_type": "URI", "matcher": {"exact": settings.spiffe_prefix + name}}
    return _tls(
        sni=service.host,
        common_tls_context={
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
            "alpn_protocols": ["h2"],
            "tls_certificate_sds_secret_configs": [files_secret("own", settings)],
            "combined_validation_context": {
                "default_validation_context": {"match_typed_subject_alt_names": [spiffe_id]},
                "validation_context_sds_secret_config": files_secret("suite", settings),
            },
        },
    )


def _issuer(settings):
    address = settings.issuer.jwks_address
    by_number = address.host.replace(".", "").isdigit()
    host = {
        "san_type": "IP_ADDRESS" if by_number else "DNS",
        "matcher": {"exact": address.host},
    }
    return {
        "name": ISSUER,
        "type": "STRICT_DNS",
        "dns_lookup_family": "V4_PREFERRED",
        "connect_timeout": "5s",
        "load_assignment": _only(ISSUER, {"address": socket(address)}),
        "transport_socket": _tls(
            **({} if by_number else {"sni": address.host}),
            common_tls_context={
                "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
                "validation_context": {
                    "trusted_ca": {"filename": str(settings.issuer.ca)},
                    "match_typed_subject_alt_names": [host],
                },
            },
        ),
    }


def _admin(settings):
    endpoint = {"address": socket(settings.admin)}
    return {
        "name": ADMIN,
        "type": "STATIC",
        "connect_timeout": duration(seconds=1),
        "load_assignment": _only(ADMIN, endpoint),
    }


def _tls(**fields):
    return {
        "name": "envoy.transport_sockets.tls",
        "typed_config": typed("transport_sockets.tls.v3.UpstreamTlsContext", **fields),
    }


def _only(name, endpoint):
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": endpoint}]}]}
