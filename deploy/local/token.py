"""Prints an access token for the suite that `./dev up` has started; it is good for half an hour.

    ./dev token --as 'staff devos'
"""

import argparse
import sys

from deploy.local.processes import LocalError
from deploy.local.running import Running


def main():
    """Exit code 1 where nothing is up, or the caller is nobody."""
    parser = argparse.ArgumentParser(
        prog="./dev token",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--as",
        dest="caller",
        required=True,
        help="'person an@example.org', the same with 'via reporting', 'staff devos', "
        "'staff,register-officer maes', 'operator piet', 'team reporting'",
    )
    arguments = parser.parse_args()
    try:
        print(Running().token(arguments.caller))
    except LocalError as problem:
        sys.exit(f"dev: {problem}")


if __name__ == "__main__":
    main()
