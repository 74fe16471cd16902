"""Who may take a role."""

from aws_cdk import Aws
from aws_cdk import aws_iam as iam


def service_principal(name: str) -> iam.IPrincipal:
    """Return a service of AWS, for what it does in this account alone: no other's resource can make it use the role.

    Services that say for whom they act (`aws:SourceAccount`) are Lambda (aws/agent-toolkit-for-aws has a trust policy
    for functions), Step Functions ("Prevent cross-service confused deputy issue") and EventBridge Scheduler ("Confused
    deputy prevention").
    """
    return iam.ServicePrincipal(name, conditions={"StringEquals": {"aws:SourceAccount": Aws.ACCOUNT_ID}})
