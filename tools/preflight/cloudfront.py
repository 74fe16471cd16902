"""Whether CloudFront makes distributions for this account."""

from collections.abc import Iterator

from infra.config import Config
from tools.findings import Finding, Kind, ask
from tools.target import Target

REFUSAL = "Your account must be verified before you can add new CloudFront resources"
"""What the first distribution of a locked account is answered with (AccessDenied, 403):
aws-samples/aws-cdk-examples#279, hashicorp/terraform-provider-aws#36663. No call tells before."""
SUPPORT = "https://console.aws.amazon.com/support/home#/"


def check(target: Target, settings: Config) -> Iterator[Finding]:
    """An account that has made a distribution is not locked; of another it cannot be known."""
    if not settings.web_site:
        return
    listed = ask(
        "Whether CloudFront is open to this account",
        "cloudfront:ListDistributions",
        lambda: target.client("cloudfront").list_distributions(MaxItems="1"),
    )
    if not listed.get("DistributionList", {}).get("Quantity"):
        yield Finding(
            Kind.WARNING,
            "This account has no CloudFront distribution. CloudFront is locked in some new accounts: the chat is then "
            f"deployed, and its page fails with “{REFUSAL}”. Ask for it at {SUPPORT} (account and billing; it is "
            "free), quoting that sentence; meanwhile -c web_site=false does not try",
        )
