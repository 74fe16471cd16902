"""Whether `make bootstrap` has been here."""

from collections.abc import Iterator, Mapping

from tools.findings import Finding, Kind, Unchecked, ask
from tools.target import Target

QUALIFIER = "hnb659fds"
"""The CDK's own; `-c @aws-cdk/core:bootstrapQualifier=…` names another."""
VERSION_LEAST = 6
"""Of the bootstrap stack: what `DefaultStackSynthesizer` asks for in every template (`BootstrapVersion`)."""


def check(target: Target, overrides: Mapping[str, str]) -> Iterator[Finding]:
    """Say whether the region has what the CDK deploys with, and whether that is new enough."""
    qualifier = overrides.get("@aws-cdk/core:bootstrapQualifier", QUALIFIER)
    name = f"/cdk-bootstrap/{qualifier}/version"
    about = "Whether the region is bootstrapped"
    try:
        kept = ask(about, "ssm:GetParameter", lambda: target.client("ssm").get_parameter(Name=name))
    except Unchecked as exc:
        if exc.code != "ParameterNotFound":
            raise
        yield Finding(Kind.STOP, f"{target.region} is not bootstrapped for the CDK: `make bootstrap`, once")
        return
    if int(kept["Parameter"]["Value"]) < VERSION_LEAST:
        version = kept["Parameter"]["Value"]
        yield Finding(
            Kind.STOP, f"{target.region} was bootstrapped by an old CDK (version {version}): `make bootstrap`"
        )
