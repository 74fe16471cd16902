"""What would stop a deployment, or surprise after it, asked of the account before anything is deployed.

`make preflight` alone, and first in `make deploy`. Whatever the operator's credentials may not ask is said, and the
rest goes on: a deployment by the CDK's own roles needs no more than `sts:AssumeRole`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from infra.config import Config
from tools import deployed
from tools.findings import Finding, Kind, ask, collect
from tools.preflight import bootstrap, cloudfront, concurrency, gateway, regions, updating
from tools.target import Target

OVERRIDE = "PREFLIGHT"
"""`PREFLIGHT=false`: what is found is said, and stops nothing."""


@dataclass(frozen=True)
class Report:
    """What was found."""

    findings: Sequence[Finding]

    @property
    def stops(self) -> bool:
        """Whether a deployment would fail."""
        return any(finding.kind is Kind.STOP for finding in self.findings)

    @property
    def context(self) -> dict[str, str]:
        """What a deployment passes to the CDK by itself."""
        return {name: value for finding in self.findings for name, value in finding.passes.items()}


def look(target: Target, settings: Config, overrides: Mapping[str, str]) -> Report:
    """Ask the account everything: a dozen calls that change nothing. The operator's `-c` (`overrides`) always win."""
    return Report(
        [
            *collect(regions.check(target, settings)),
            *collect(bootstrap.check(target, overrides)),
            *collect(cloudfront.check(target, settings)),
            *collect(updating.left_out(target, settings)),
            *collect(_by_stack(target, settings, overrides)),
            *collect(gateway.connection_rate(target, settings)),
        ]
    )


def _by_stack(target: Target, settings: Config, overrides: Mapping[str, str]) -> Iterator[Finding]:
    """Ask what depends on what is deployed already: shares and the role of a stack are its own.

    Where the stack cannot be read nothing is passed: a deployment that takes the stack's own share for another's
    would shrink it each time.
    """
    stack = ask(
        f"What the stack {settings.stack_name} has already, and so which shares to reserve",
        "cloudformation:DescribeStacks and cloudformation:GetTemplate",
        lambda: deployed.read(target, settings.stack_name),
    )
    yield from collect(updating.check(target, settings, stack))
    yield from collect(concurrency.check(target, settings, overrides, stack))
    yield from collect(gateway.check(target, settings, overrides, stack))
