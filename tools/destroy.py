"""`make destroy`: takes a deployment away, and says before what stays and how to remove that.

Arguments are handed on to `cdk destroy`, e.g. ``ARGS="-c stack_name=Mine --profile chat" make destroy``.
"""

import os
import sys

from botocore.exceptions import BotoCoreError, ClientError

from infra import config, dotenv
from tools import cdk, deploy, deployed, leftovers, target, terminal


def main() -> None:
    """Destroy, after the CDK has asked whether to; or say in one line why not."""
    arguments = sys.argv[1:]
    given = dotenv.settings(cdk.ROOT / ".env", os.environ)
    target.adopt(given)
    try:
        wanted = deploy.plan(arguments, {**given, "PUSH": "false"})  # keys are not needed to take a stack away
        chosen = target.find(given, terminal.known(arguments).profile)
        terminal.say(f"account {chosen.account()}, region {chosen.region} (by {chosen.named_by})")
        _say_what_stays(chosen, wanted.settings)
    except (config.ConfigError, target.TargetError) as exc:
        sys.exit(f"Nothing was destroyed: {exc}")
    except (BotoCoreError, ClientError) as exc:
        terminal.say(f"What stays could not be asked ({exc}): docs/deploy.md lists it")
    sys.exit(cdk.run(chosen, wanted.environment, "destroy", "--all", *arguments))


def _say_what_stays(chosen: target.Target, settings: config.Config) -> None:
    stack = deployed.read(chosen, settings.stack_name)
    if not stack.exists:
        terminal.say(f"There is no stack {settings.stack_name} here. What one of that name may have left:")
    else:
        terminal.say(f"When the stack {settings.stack_name} goes, these stay:")
    for line in leftovers.of(chosen, settings, stack):
        terminal.say(f"  - {line}")


if __name__ == "__main__":
    main()
