"""A function that notes what it gets, and takes as long as the event says."""

import json
import os
import time
from pathlib import Path
from typing import Any

SEEN = Path(os.environ["SEEN"])


def handler(event: dict[str, Any], context: Any) -> str:
    """Note the event, with the time; sleep; raise if it says so."""
    with SEEN.open("a") as seen:
        seen.write(json.dumps({"at": time.time(), "event": event}) + "\n")
    time.sleep(event.get("sleep", 0))
    if "raise" in event:
        raise ValueError(event["raise"])
    if "exit" in event:
        os._exit(1)
    return "done"
