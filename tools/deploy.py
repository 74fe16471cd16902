"""`make deploy`: a look at the account, the private key of web pushes into its parameter, the chat, then the page.

The key goes from `.env`, or the environment, straight to AWS, by the operator's credentials. The CDK and its template
know the parameter's name alone. What cannot work stops here, before anything is deployed, by the checks of synthesis
and those of `tools.preflight`, which also decides on context that depends on the account.

Chat and page are a stack each, deployed one after the other: where CloudFront refuses the page, the chat stays.
Arguments are handed on to `cdk deploy`, e.g. ``ARGS="-c large_room=500 --profile chat" make deploy``.
"""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from infra import config, dotenv, vapid
from tools import cdk, deployed, failures, preflight, target, terminal
from tools.cost.estimate import estimate
from tools.publish import OUTPUTS, publish, site_of

ROOT = cdk.ROOT
NO_KEYS = (
    "the VAPID keys, which sign web pushes, are missing. `make vapid-keys` makes a pair, once for all your "
    "deployments; `PUSH=false make deploy` deploys without web push"
)
PAGE_FAILED = (
    "The chat ({}) is deployed, and clients connect by its output WebSocketUrl. Its page ({}) is not, or is as it was "
    "before: `make deploy` tries again; -c web_site=false leaves it out"
)
SEEN = (
    f"Nothing was deployed. What “stop” says would make the deployment fail; {preflight.OVERRIDE}=false goes on all "
    "the same"
)


@dataclass(frozen=True)
class Plan:
    """What is to be deployed.

    Attributes:
        settings: Of the stack.
        overrides: The operator's own `-c`.
        private: The private VAPID key, or `None`: web push is off.
        environment: What the CDK may know.
    """

    settings: config.Config
    overrides: Mapping[str, str]
    private: str | None
    environment: dict[str, str]


def main() -> None:
    """Deploy, or say in one line why not."""
    arguments = sys.argv[1:]
    options = terminal.known(arguments)
    given = dotenv.settings(ROOT / ".env", os.environ)
    target.adopt(given)
    try:
        wanted = plan(arguments, given)
        terminal.say(estimate(dict(wanted.overrides), wanted.environment))
        chosen = target.find(given, options.profile)
        report = look(chosen, wanted)
        if report.stops and given.get(preflight.OVERRIDE, "true").lower() != "false":
            sys.exit(SEEN)
        _keep_key(chosen, wanted)
    except config.ConfigError as exc:
        sys.exit(f"Configuration: {exc}")
    except target.TargetError as exc:
        sys.exit(f"Nothing was deployed: {exc}")
    except (BotoCoreError, ClientError) as exc:
        sys.exit(f"The private VAPID key cannot be put into {wanted.settings.vapid_parameter}: {exc}")
    named = [] if options.outputs_file else ["--outputs-file", OUTPUTS]
    file = ROOT / (options.outputs_file or OUTPUTS)
    code = deploy(chosen, wanted, file, [*named, *cdk.context(report.context), *arguments])
    if code == 0:
        _publish(file, options.profile)
    sys.exit(code)


def deploy(chosen: target.Target, wanted: Plan, file: Path, options: Sequence[str]) -> int:
    """Deploy the chat, then its page; returns the exit code of what failed, else 0. `file` has the outputs of both.

    The CDK writes the outputs of one command alone, so those of the chat are put back beside the page's. A user pool
    leads back to the page, whose address is known once it is deployed: the chat is told then, once.
    """
    settings = wanted.settings
    page_url = _page_url(chosen, settings)
    outputs: dict[str, Any] = {}
    names = [settings.stack_name, *([settings.site_stack_name] if settings.web_site else [])]
    for name in names:
        told = cdk.context({"page_url": page_url} if page_url else {})
        code = cdk.run(chosen, wanted.environment, "deploy", name, "--exclusively", *told, *options)
        if code:
            _say_failure(chosen, settings, name)
            return code
        if file.exists():
            outputs |= json.loads(file.read_text())
            file.write_text(json.dumps(outputs, indent=2) + "\n")
        if _leads_back(settings) and not page_url and "SiteUrl" in outputs.get(name, {}):
            page_url = outputs[name]["SiteUrl"]
            names.append(settings.stack_name)
    return 0


def _leads_back(settings: config.Config) -> bool:
    """Whether a user pool must know where the page is, and is not told by the operator."""
    return bool(settings.cognito) and settings.web_site and not settings.page_url


def _page_url(chosen: target.Target, settings: config.Config) -> str:
    """Where the page was deployed before; empty: nowhere, or it does not matter."""
    if not _leads_back(settings):
        return ""
    return deployed.read(chosen, settings.site_stack_name).outputs.get("SiteUrl", "")


def _say_failure(chosen: target.Target, settings: config.Config, name: str) -> None:
    for line in failures.advice(chosen, name):
        terminal.say(f"To do: {line}")
    if name == settings.site_stack_name:
        terminal.say(PAGE_FAILED.format(settings.stack_name, name))


def look(chosen: target.Target, wanted: Plan) -> preflight.Report:
    """Ask the account what would stop or surprise, and say it. Raises TargetError if the account is not known."""
    terminal.say(f"account {chosen.account()}, region {chosen.region} (by {chosen.named_by})")
    report = preflight.look(chosen, wanted.settings, wanted.overrides)
    for finding in report.findings:
        terminal.say(f"  {finding}")
    return report


def plan(arguments: Sequence[str], given: Mapping[str, str]) -> Plan:
    """Check settings, keys and subject. Raises `infra.config.ConfigError`, also where the keys are missing."""
    environment = terminal.without_secrets(given)
    is_off = given.get("PUSH", "true").lower() == "false"
    if is_off:
        environment |= dict.fromkeys(config.FROM_ENVIRONMENT["vapid_public_key"], "")
    overrides = dict(config.pair(item) for item in terminal.known(arguments).context)
    settings = config.read((config.defaults() | overrides).get, environment)
    if is_off:
        return Plan(settings, overrides, None, environment)
    private = _private(given.get(terminal.PRIVATE, ""))
    if not settings.vapid_public_key and not private:
        raise config.ConfigError(NO_KEYS)
    if not vapid.is_pair(settings.vapid_public_key, private):
        raise config.ConfigError(
            f"VAPID_PUBLIC_KEY is not that of {terminal.PRIVATE}: both must come from one pair, as `make vapid-keys` "
            "makes it"
        )
    return Plan(settings, overrides, private, environment)


def _private(text: str) -> str:
    try:
        return vapid.private_key(text) if text else ""
    except ValueError as exc:
        raise config.ConfigError(f"{terminal.PRIVATE} is {exc}, but must be {vapid.PRIVATE_WANTED}") from exc


def _keep_key(chosen: target.Target, wanted: Plan) -> None:
    if wanted.private is None:
        terminal.say("web push is off")
        return
    if vapid.store(chosen.client("ssm"), wanted.settings.vapid_parameter, wanted.private):
        terminal.say(
            "the VAPID key is another than before: browsers that subscribed with the old one must subscribe again"
        )


def _publish(outputs: Path, profile: str | None) -> None:
    """Publish the page if there is a place for it. No file: nothing was deployed, e.g. with `--no-execute`."""
    found = site_of(json.loads(outputs.read_text())) if outputs.exists() else None
    if found:
        publish(found, profile)


if __name__ == "__main__":
    main()
