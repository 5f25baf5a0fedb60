"""Asks a service how it is, by grpc.health.v1; its small messages are written out here."""

import grpc

_CHECK = "/grpc.health.v1.Health/Check"
_SERVING = b"\x08\x01"  # HealthCheckResponse{status: SERVING}


def is_serving(address, timeout=1.0, name=""):
    """Whether the service answers on its health port that it is ready; or, by the name "liveness",
    that it is there."""
    request = b"\x0a" + bytes([len(name)]) + name.encode() if name else b""
    with grpc.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        check = channel.unary_unary(_CHECK, request_serializer=bytes, response_deserializer=bytes)
        try:
            return check(request, timeout=timeout) == _SERVING
        except grpc.RpcError:
            return False
