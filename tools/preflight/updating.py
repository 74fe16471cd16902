"""What of a deployed stack stands in the way of an update to this version."""

from collections.abc import Iterator

from infra.config import Config
from tools import deployed
from tools.deployed import Stack
from tools.findings import Finding, Kind, Unchecked, ask
from tools.target import Target

OLD_POSITION = "LATEST"
"""Where version 0.1.0 began to read the conversations table's stream. It is TRIM_HORIZON now, which makes
CloudFormation put another mapping beside the old one first. Lambda takes one of a function and a stream alone: the
update fails with "provided mapping already exists" (aws/aws-cdk#6942, aws/serverless-application-model#1320)."""


DISTRIBUTION = "AWS::CloudFront::Distribution"
MOVES = (
    "the page moves to a stack of its own, {}: for some minutes there is none, then it is at another address (the "
    "output SiteUrl), or under site_domain once that is an alias of the new SiteDomain. Its former bucket stays, with "
    "published files alone, which are published anew: docs/deploy.md says how to find and remove it"
)


def check(target: Target, settings: Config, stack: Stack) -> Iterator[Finding]:
    """Say that the page moves, and which mapping has to go by hand before, unless it has gone."""
    if stack.has(DISTRIBUTION):
        yield Finding(Kind.WARNING, MOVES.format(settings.site_stack_name))
    for logical_id, resource in stack.resources.items():
        if resource.get("Properties", {}).get("StartingPosition") != OLD_POSITION:
            continue
        names = ask(
            "Whether the stream's mapping of 0.1.0 is still there",
            "cloudformation:ListStackResources",
            lambda: deployed.physical_names(target, settings.stack_name),
        )
        uuid = names.get(logical_id, "")
        if uuid and _exists(target, uuid):
            yield Finding(
                Kind.STOP,
                f"the mapping of the conversations table's stream ({logical_id}) cannot be replaced while it is there. "
                f"`aws lambda delete-event-source-mapping --uuid {uuid} --region {target.region}`, wait a minute, then "
                "`make deploy`: the new one reads what the stream has kept meanwhile, so no deleted key is missed",
            )


def left_out(target: Target, settings: Config) -> Iterator[Finding]:
    """Say so where a page stays that an earlier deployment made, since it is left out now."""
    if settings.web_site:
        return
    name = settings.site_stack_name
    page = ask(
        f"Whether an earlier deployment made a page ({name})",
        "cloudformation:DescribeStacks and cloudformation:GetTemplate",
        lambda: deployed.read(target, name),
    )
    if page.exists:
        gone = f"`aws cloudformation delete-stack --stack-name {name} --region {target.region}` takes it away"
        yield Finding(Kind.WARNING, f"{name} stays as it is, and serves its page: {gone}")


def _exists(target: Target, uuid: str) -> bool:
    """Whether the mapping is there. Who may not ask takes it to be."""
    try:
        ask(
            "Whether the mapping exists",
            "lambda:GetEventSourceMapping",
            lambda: target.client("lambda").get_event_source_mapping(UUID=uuid),
        )
    except Unchecked as exc:
        return exc.code != "ResourceNotFoundException"
    return True
