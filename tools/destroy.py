"""`make destroy`: takes a deployment away, and says before what stays and how to remove that.

Arguments are handed on to `cdk destroy`, e.g. ``ARGS="-c stack_name=Mine --profile chat" make destroy``.
"""

import os
import sys
from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from infra import config, dotenv
from tools import cdk, deploy, deployed, leftovers, target, terminal
from tools.deployed import Stack


def main() -> None:
    """Destroy, after the CDK has asked whether to; or say in one line why not."""
    arguments = sys.argv[1:]
    given = dotenv.settings(cdk.ROOT / ".env", os.environ)
    target.adopt(given)
    try:
        wanted = deploy.plan(arguments, {**given, "PUSH": "false"})  # keys are not needed to take a stack away
        chosen = target.find(given, terminal.known(arguments).profile)
        terminal.say(f"account {chosen.account()}, region {chosen.region} (by {chosen.named_by})")
    except (config.ConfigError, target.TargetError) as exc:
        sys.exit(f"Nothing was destroyed: {exc}")
    passed = passed_for(chosen, wanted.settings)
    sys.exit(cdk.run(chosen, wanted.environment, "destroy", "--all", *arguments, *cdk.context(passed)))


def passed_for(chosen: target.Target, settings: config.Config) -> dict[str, str]:
    """Say what stays; returns the context with which the CDK knows every stack that there is.

    A page goes with its chat, also where a later deployment left it out (web_site=false).
    """
    try:
        stacks = {name: deployed.read(chosen, name) for name in (settings.stack_name, settings.site_stack_name)}
        _say_what_stays(chosen, settings, stacks)
    except (BotoCoreError, ClientError) as exc:
        terminal.say(f"What stays could not be asked ({exc}): docs/deploy.md lists it")
        return {}
    return {"web_site": "true"} if stacks[settings.site_stack_name].exists else {}


def _say_what_stays(chosen: target.Target, settings: config.Config, stacks: Mapping[str, Stack]) -> None:
    there = [name for name, stack in stacks.items() if stack.exists]
    if there:
        terminal.say(f"When {' and '.join(there)} go, these stay:")
    else:
        terminal.say(f"The stack {settings.stack_name} does not exist here. What one of that name may have left:")
    for line in leftovers.of(chosen, settings, stacks):
        terminal.say(f"  - {line}")


if __name__ == "__main__":
    main()
