"""A function that calls itself, for ever if it may."""

import json
import os
from pathlib import Path
from typing import Any

import boto3


def handler(event: dict[str, Any], context: Any) -> None:
    """Note the call, make the next one, note why there is none."""
    seen = Path(os.environ["SEEN"])
    with seen.open("a") as notes:
        notes.write(f"{event['n']}\n")
    client = boto3.client("lambda")
    try:
        client.invoke(
            FunctionName=context.function_name,
            InvocationType="Event",
            Payload=json.dumps({"n": event["n"] + 1}).encode(),
        )
    except client.exceptions.ClientError as error:
        with seen.open("a") as notes:
            notes.write(f"{error.response['Error']['Code']}\n")
