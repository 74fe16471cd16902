"""Calls of AWS that fail, as boto3 says it after its own tries."""

from __future__ import annotations

from typing import Any, NoReturn

from botocore.exceptions import ClientError


def down(**_: Any) -> NoReturn:
    """What a client's method does while its service fails."""
    raise ClientError(
        {"Error": {"Code": "InternalServerError", "Message": "down"}, "ResponseMetadata": {"HTTPStatusCode": 500}},  # type: ignore[typeddict-item]
        "AnyCall",
    )
