"""`make doctor`: everything that is asked, in the order in which a person would. Exit code 1 if something is broken."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from infra import dotenv
from tools import target
from tools.doctor import pushes, quotas, reach, sockets
from tools.doctor.place import Place, PlaceError, Told, find
from tools.findings import Finding, Kind, collect

ROOT = Path(__file__).parents[2]


def main(arguments: Sequence[str]) -> None:
    """Say what is so, and what to do."""
    parser = argparse.ArgumentParser(prog="make doctor", description="Look at a deployment, and say what to mend.")
    parser.add_argument("--outputs-file", type=Path, help="of `make run` or `make deploy`; default: whichever there is")
    parser.add_argument("--url", default="", help="where your client connects, without a path")
    parser.add_argument("--path", default="", help="your client's `path`")
    parser.add_argument("--key", default=os.environ.get("CHAT_API_KEY", ""), help="its API key, or CHAT_API_KEY")
    parser.add_argument("--origin", default="", help="origin of the page that it runs in")
    parser.add_argument("--profile", help="of the AWS credentials")
    options = parser.parse_args(arguments)
    target.adopt(dotenv.settings(ROOT / ".env", os.environ))
    told = Told(url=options.url, path=options.path, key=options.key, origin=options.origin)
    try:
        place = find(options.outputs_file, told, options.profile)
    except PlaceError as exc:
        sys.exit(str(exc))
    found = examine(place)
    for finding in found:
        print(finding)  # noqa: T201
    sys.exit(1 if any(finding.kind is Kind.BROKEN for finding in found) else 0)


def examine(place: Place) -> list[Finding]:
    """Ask everything. What cannot be asked is said, and the rest goes on."""
    checks = (reach.check, sockets.check, sockets.slash, pushes.check, pushes.pair, quotas.check)
    return [finding for check in checks for finding in collect(check(place))]


if __name__ == "__main__":
    main(sys.argv[1:])
