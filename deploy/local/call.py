r"""Calls one method of the suite that `./dev up` has started; prints the answer or the error.

    /usr/bin/python3 -m deploy.local.call --as 'staff devos' events SessionService/ListSessions \
        '{"page_size": 5}'
"""

import argparse
import importlib
import signal
import sys

import grpc
from google.protobuf import json_format, message_factory, symbol_database

from deploy.local.channel import credentials, open_channel
from deploy.local.processes import LocalError
from deploy.local.running import Running
from deploy.local.stack import ROOT

_GENERATED = ROOT / "build/dev/generated/python"
_SECONDS = 10.0


class _Protos:
    """The messages and methods of one service, found in its protos."""

    def __init__(self, service):
        sys.path.insert(0, str(_GENERATED))
        self._package = f"scharnier.{service}.v1"
        for path in _GENERATED.glob(f"{self._package.replace('.', '/')}/*_pb2.py"):
            importlib.import_module(f"{self._package}.{path.stem}")
        for name in ("google.rpc.error_details_pb2", "google.rpc.status_pb2"):
            importlib.import_module(name)
        self._pool = symbol_database.Default().pool
        self._factory = message_factory.MessageFactory(self._pool)

    def method(self, name):
        """The method's path, its request and its answer as classes, and whether it is a stream."""
        service, _, method = name.partition("/")
        try:
            descriptor = self._pool.FindServiceByName(f"{self._package}.{service}")
            found = descriptor.FindMethodByName(method)
        except KeyError:
            raise LocalError(
                f"{self._package} has no {name}: give it as SessionService/GetSession."
            ) from None
        return (
            f"/{descriptor.full_name}/{method}",
            self._factory.GetPrototype(found.input_type),
            self._factory.GetPrototype(found.output_type),
            found.server_streaming,
        )

    def status(self, error):
        """The google.rpc.Status of an error; None where it has none."""
        for key, value in error.trailing_metadata() or ():
            if key == "grpc-status-details-bin":
                kind = self._pool.FindMessageTypeByName("google.rpc.Status")
                return self._factory.GetPrototype(kind).FromString(value)
        return None


def _address(running, service):
    if service not in running.services:
        raise LocalError(f"there is no service {service!r}: one of {', '.join(running.services)}.")
    return running.services[service]


def _call(arguments, protos, running, address):
    """Prints each answer: one, or those of a stream until it ends or the time is up."""
    path, request_class, answer_class, is_stream = protos.method(arguments.method)
    try:
        request = json_format.Parse(arguments.request, request_class())
    except json_format.ParseError as error:
        raise LocalError(f"this is no {request_class.DESCRIPTOR.name}: {error}") from None
    metadata = credentials(arguments.caller, running.token)
    with open_channel(address, running.ca_file) as channel:
        kind = channel.unary_stream if is_stream else channel.unary_unary
        call = kind(
            path,
            request_serializer=request_class.SerializeToString,
            response_deserializer=answer_class.FromString,
        )
        answers = call(request, timeout=_SECONDS, metadata=metadata)
        for answer in answers if is_stream else [answers]:
            print(json_format.MessageToJson(answer, ensure_ascii=False), flush=True)


def main():
    """Exit code 1 where the call was refused or could not be made."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--as", dest="caller", help="who calls: 'person an@example.org', 'staff devos'"
    )
    parser.add_argument("service", help="events, notifications")
    parser.add_argument("method", help="SessionService/GetSession")
    parser.add_argument("request", nargs="?", default="{}", help="as JSON")
    arguments = parser.parse_args()
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # who reads no further, as head, is no trouble
    try:
        running = Running()
        address = _address(running, arguments.service)
        protos = _Protos(arguments.service)
        try:
            _call(arguments, protos, running, address)
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr)
            status = protos.status(error)
            if status is not None:
                print(json_format.MessageToJson(status, ensure_ascii=False), file=sys.stderr)
            sys.exit(1)
    except LocalError as problem:
        sys.exit(f"call: {problem}")


if __name__ == "__main__":
    main()
