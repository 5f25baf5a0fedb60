r"""Calls one method of the suite that `./dev up` has started; prints the answer or the error.

    /usr/bin/python3 -m deploy.local.call --as 'staff devos' events SessionService/ListSessions \
        '{"page_size": 5}'
"""

import argparse
import importlib
import json
import sys

import grpc
from google.protobuf import json_format, message_factory, symbol_database

from deploy.local.stack import ROOT


def main():
    """Finds the method in the protos, and calls it by reflection on them."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--as", dest="caller", help="role and name: 'person an@example.org', 'staff devos'"
    )
    parser.add_argument("service", help="events, notifications")
    parser.add_argument("method", help="SessionService/GetSession")
    parser.add_argument("request", nargs="?", default="{}", help="as JSON")
    arguments = parser.parse_args()

    addresses = json.loads((ROOT / "build/up/addresses.json").read_text())["services"]
    generated = ROOT / "build/dev/generated/python"
    sys.path.insert(0, str(generated))
    package = f"scharnier.{arguments.service}.v1"
    for path in generated.glob(f"{package.replace('.', '/')}/*_pb2.py"):
        importlib.import_module(f"{package}.{path.stem}")
    for name in ("google.rpc.error_details_pb2", "google.rpc.status_pb2"):
        importlib.import_module(name)
    pool = symbol_database.Default().pool
    service_name, method_name = arguments.method.split("/")
    method = pool.FindServiceByName(f"{package}.{service_name}").FindMethodByName(method_name)
    classes = message_factory.MessageFactory(pool)
    request = json_format.Parse(arguments.request, classes.GetPrototype(method.input_type)())
    answer = classes.GetPrototype(method.output_type)

    with grpc.insecure_channel(addresses[arguments.service]) as channel:
        call = channel.unary_unary(
            f"/{package}.{service_name}/{method_name}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=answer.FromString,
        )
        metadata = [("x-scharnier-caller", arguments.caller)] if arguments.caller else []
        try:
            print(
                json_format.MessageToJson(
                    call(request, timeout=10, metadata=metadata), ensure_ascii=False
                )
            )
        except grpc.RpcError as error:
            print(f"{error.code().name}: {error.details()}", file=sys.stderr)
            for key, value in error.trailing_metadata():
                if key == "grpc-status-details-bin":
                    status = classes.GetPrototype(
                        pool.FindMessageTypeByName("google.rpc.Status")
                    ).FromString(value)
                    print(json_format.MessageToJson(status, ensure_ascii=False), file=sys.stderr)
            sys.exit(1)


if __name__ == "__main__":
    main()
