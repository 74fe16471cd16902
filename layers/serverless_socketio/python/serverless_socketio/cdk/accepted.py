"""Rules of cdk-nag that a resource breaks on purpose, with the reason beside the resource.

cdk-nag reads them from the resource's metadata, so a synthesis need not load cdk-nag: only the tests do.
"""

from collections.abc import Mapping
from typing import cast

from aws_cdk import CfnResource
from aws_cdk import aws_iam as iam
from constructs import IConstruct


def accept(construct: IConstruct, reasons: Mapping[str, str]) -> None:
    """Accept that `construct` breaks these rules: rule → why that is right here."""
    resource = cast(
        "CfnResource", construct if CfnResource.is_cfn_resource(construct) else construct.node.default_child
    )
    rules = [{"id": f"AwsSolutions-{rule}", "reason": reason} for rule, reason in reasons.items()]
    resource.add_metadata("cdk_nag", {"rules_to_suppress": rules})


def accept_in_policy(grantee: iam.IGrantable, reasons: Mapping[str, str]) -> None:
    """Accept it in what a role may do, once it may do something. A role from elsewhere has its own nag."""
    if isinstance(role := grantee.grant_principal, iam.Role):
        accept(role.node.find_child("DefaultPolicy"), reasons)
