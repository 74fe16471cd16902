"""boto3 clients for the engine, whatever AWS configuration this machine has."""

import functools
from typing import Any

import boto3
from botocore.config import Config

from local.settings import REGION

ROOT_KEY = "test"  # ministack's root user: key and secret
CONFIG = Config(
    retries={"max_attempts": 3, "mode": "standard"},
    inject_host_prefix=False,
    connect_timeout=5,
    max_pool_connections=20,
)


@functools.cache
def _session() -> boto3.Session:
    return boto3.Session(aws_access_key_id=ROOT_KEY, aws_secret_access_key=ROOT_KEY, region_name=REGION)


@functools.cache
def client(service: str, endpoint: str) -> Any:
    """Return the client of a service at the engine's root endpoint."""
    made: Any = _session().client(service, endpoint_url=endpoint, config=CONFIG)  # type: ignore[call-overload]
    return made
