"""`make bootstrap`: what the CDK needs in an account and region before its first deployment there. Once for each.

Arguments are handed on to `cdk bootstrap`, e.g. ``ARGS="--profile chat --qualifier acme" make bootstrap``.
"""

import os
import sys

from infra import dotenv
from tools import cdk, target, terminal

ROOT = cdk.ROOT


def main() -> None:
    """Prepare the account and region, or say in one line why not."""
    arguments = sys.argv[1:]
    given = dotenv.settings(ROOT / ".env", os.environ)
    target.adopt(given)
    try:
        chosen = target.find(given, terminal.known(arguments).profile)
        account = chosen.account()
    except target.TargetError as exc:
        sys.exit(f"Nothing was prepared: {exc}")
    named = [] if any(word.startswith("aws://") for word in arguments) else [f"aws://{account}/{chosen.region}"]
    terminal.say(f"account {account}, region {chosen.region} (by {chosen.named_by})")
    sys.exit(cdk.run(chosen, terminal.without_secrets(given), "bootstrap", *named, *arguments))


if __name__ == "__main__":
    main()
