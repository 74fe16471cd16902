"""What others look for in a template."""

import cfnlint
import pytest
from cfnlint import ManualArgs

from tests.infra.assembly import Assembly

# CDK adds a DependsOn for a role's policy, and with it one for the role, which a GetAtt implies already: harmless.
ACCEPTED = ["W3005"]


AWS, CHINA, GOVCLOUD = ["us-east-1", "eu-central-1"], ["cn-north-1", "cn-northwest-1"], ["us-gov-west-1"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("stack", "regions"),
    [
        ("chat", [*AWS, *CHINA, *GOVCLOUD]),
        ("bare", [*AWS, *CHINA, *GOVCLOUD]),
        ("lobby", AWS),
        ("somebody_else", AWS),
        ("site", AWS),  # CloudFront in China has no functions, GovCloud no CloudFront: `tools.preflight.regions`
    ],
    ids=["chat", "bare", "lobby", "somebody_else", "site"],
)
def test_cfn_lint_finds_nothing(request: pytest.FixtureRequest, stack: str, regions: list[str]) -> None:
    path = request.getfixturevalue(stack).path
    found = cfnlint.lint_file(path, ManualArgs(ignore_checks=ACCEPTED, regions=regions))
    assert [str(match) for match in found] == []


def test_cdk_nag_finds_nothing_that_is_not_accepted_beside_the_construct(nag: list[str]) -> None:
    assert nag == []


def test_every_accepted_rule_has_a_reason(chat: Assembly, site: Assembly) -> None:
    accepted = [
        rule
        for resource in [*chat.template["Resources"].values(), *site.template["Resources"].values()]
        for rule in resource.get("Metadata", {}).get("cdk_nag", {}).get("rules_to_suppress", [])
    ]
    assert {rule["id"].removeprefix("AwsSolutions-") for rule in accepted} == {
        "APIG4",
        "CFR1",
        "CFR2",
        "CFR3",
        "CFR4",
        "IAM4",
        "IAM5",
        "L1",
        "S1",
        "SF1",
        "SF2",
    }
    assert all(len(rule["reason"]) > 30 for rule in accepted)


def test_the_template_is_far_below_what_cloudformation_takes(chat: Assembly) -> None:
    assert chat.path.stat().st_size <= 200_000  # a fifth of its limit for a template in a bucket, where the CLI puts it
