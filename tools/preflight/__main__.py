"""`make preflight`: the questions alone. Exit code 1 if a deployment would fail."""

import os
import sys
from collections.abc import Mapping, Sequence

from infra import config, dotenv
from tools import cdk, deploy, target, terminal
from tools.findings import Finding, Kind


def main() -> None:
    """Say what is found."""
    arguments = sys.argv[1:]
    given = dotenv.settings(cdk.ROOT / ".env", os.environ)
    target.adopt(given)
    try:
        wanted, stops = _plan(arguments, given)
        chosen = target.find(given, terminal.known(arguments).profile)
        stops = deploy.look(chosen, wanted).stops or stops
    except (config.ConfigError, target.TargetError) as exc:
        sys.exit(f"  {Finding(Kind.STOP, str(exc))}")
    sys.exit(1 if stops else 0)


def _plan(arguments: Sequence[str], given: Mapping[str, str]) -> tuple[deploy.Plan, bool]:
    """Return what would be deployed, and whether its VAPID keys stop it: the account is looked at all the same."""
    try:
        return deploy.plan(arguments, given), False
    except config.ConfigError as exc:
        without = deploy.plan(arguments, {**given, "PUSH": "false"})
        terminal.say(f"  {Finding(Kind.STOP, str(exc))}")
        return without, True


if __name__ == "__main__":
    main()
