"""Where services are.

A variable of the environment says so first, as it does for every AWS SDK ("Service-specific endpoints", AWS SDKs and
tools reference guide); else the region, and the suffix of the partition's names, which CloudFormation knows.
"""

from __future__ import annotations

import os
from typing import NamedTuple
from urllib.parse import urlsplit

IDS = {
    "apigatewaymanagementapi": ("APIGATEWAYMANAGEMENTAPI", "execute-api"),
    "dynamodb": ("DYNAMODB", "dynamodb"),
    "lambda": ("LAMBDA", "lambda"),
    "sqs": ("SQS", "sqs"),
    "stepfunctions": ("SFN", "states"),
}
"""By boto3's name of a service: its id in variables; how its host begins, which is its name for signing, too."""
PORTS = {"http": 80, "https": 443}


class Endpoint(NamedTuple):
    """A URL in its parts; `netloc` is what the header Host says, `base` the beginning of every path."""

    is_tls: bool
    host: str
    port: int
    netloc: str
    base: str


class Place(NamedTuple):
    """Which service, and what is known of where it is before the environment is looked at."""

    service: str
    url: str | None = None
    url_suffix: str = "amazonaws.com"

    @property
    def region(self) -> str:
        """The runtime's own region."""
        return os.environ.get("AWS_REGION") or os.environ["AWS_DEFAULT_REGION"]

    @property
    def signing_name(self) -> str:
        """What the service is called in signatures."""
        return IDS[self.service][1]

    @property
    def endpoint(self) -> Endpoint:
        """Where the service is."""
        name, prefix = IDS[self.service]
        url = self.url or os.environ.get(f"AWS_ENDPOINT_URL_{name}") or os.environ.get("AWS_ENDPOINT_URL")
        return parse(url or f"https://{prefix}.{self.region}.{self.url_suffix}")


def parse(url: str) -> Endpoint:
    """Return the parts of a URL. Raises ValueError."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is not the URL of a service")
    port = parts.port or PORTS[parts.scheme]
    return Endpoint(parts.scheme == "https", parts.hostname, port, parts.netloc, parts.path.rstrip("/"))
