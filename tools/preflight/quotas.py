"""Quotas of an account in a region: their codes in Service Quotas, and how to ask for more.

Codes are those of the links in "Lambda quotas", "Amazon API Gateway quotas" and "Quotas for configuring and running a
WebSocket API in API Gateway".
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Quota:
    """One of AWS's quotas that can be raised."""

    service: str
    code: str

    def increase(self, to: int, region: str) -> str:
        """Return the command that asks for more. AWS answers within minutes or days."""
        return (
            f"`aws service-quotas request-service-quota-increase --service-code {self.service} "
            f"--quota-code {self.code} --desired-value {to} --region {region}`"
        )


CONCURRENT_EXECUTIONS = Quota("lambda", "L-B99A9384")
"""Of all functions together; 1,000, but "new AWS accounts have reduced concurrency and memory quotas"."""
THROTTLE_RATE = Quota("apigateway", "L-8A5B8E43")
"""Requests a second over all APIs and posts to connections; 10,000, in younger regions 2,500. Service Quotas was seen
to show the former where the latter holds (repost.aws QU47u_cBTCQcy2qTmoR6q91w): API Gateway itself tells which. The
burst goes with it and "is not a quota that a customer can control"."""
NEW_CONNECTIONS = Quota("apigateway", "L-9ED1E49A")
"""WebSocket connections a second, over all APIs; 500."""
