"""`make invoke FN=message EVENT=event.json`: call a function of the running stack, and print what it says."""

import argparse
import base64
import json
import os
import sys
from pathlib import Path
from typing import Any

from botocore.exceptions import EndpointConnectionError

from local import aws, outputs, settings
from local.engine import environment
from local.progress import complain, say
from local.settings import SettingsError


def main() -> None:
    """Invoke, print the log and the result; exit with 1 if the function raised."""
    parser = argparse.ArgumentParser(prog="python -m local.invoke", description="Call a function of the running stack.")
    parser.add_argument("function", help="its own name, e.g. message")
    parser.add_argument("event", type=Path, help="file with the event's JSON")
    parser.add_argument("--outputs", type=Path, help="of the running stack; by default that of this folder")
    options = parser.parse_args()
    try:
        running = options.outputs or settings.read(os.environ).outputs
        result = invoke(running, options.function, options.event)
    except (OSError, LookupError, EndpointConnectionError, SettingsError) as exc:
        complain(f"{exc}\nIs `make run` running?")
        sys.exit(1)
    complain(base64.b64decode(result.get("LogResult", "")).decode())
    say(json.dumps(json.loads(result["Payload"].read() or "null"), indent=2, ensure_ascii=False))
    sys.exit(1 if "FunctionError" in result else 0)


def invoke(outputs_file: Path, function: str, event: Path) -> dict[str, Any]:
    """Call the function as Lambda's Invoke does, and return its response."""
    environment.leave_out_aws()
    running = outputs.read(outputs_file)
    functions = running["resources"]["functions"]
    if function not in functions:
        raise LookupError(f"No function {function!r}: there are {', '.join(sorted(functions))}.")
    client = aws.client("lambda", running["engineUrl"])
    called: dict[str, Any] = client.invoke(FunctionName=functions[function], Payload=event.read_bytes(), LogType="Tail")
    return called


if __name__ == "__main__":
    main()
