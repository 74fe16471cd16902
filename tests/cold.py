"""A cold start and its first events, in an interpreter of its own: what it imports, and what CPU it takes.

Run as a script: a handler's file, then events as a JSON list; prints a JSON object. Nothing but the standard library is
imported here: whatever else there is, the function brought.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time


class Context:
    """What Powertools asks of a Lambda context."""

    function_name = "function"
    memory_limit_in_mb = 512
    aws_request_id = "00000000-0000-0000-0000-000000000000"
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:function"


def main() -> None:
    """Import the handler, give it the events, say what came of it."""
    file, events = sys.argv[1], json.loads(sys.argv[2])
    began, began_at = time.process_time(), time.monotonic()
    spec = importlib.util.spec_from_file_location("handler", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    init, init_at = time.process_time(), time.monotonic()
    modules, answers = [sorted(sys.modules)], []
    for event in events:
        answers.append(module.handler(event, Context()))
        modules.append(sorted(sys.modules))
    told = {
        "init_s": init - began,
        "events_s": time.process_time() - init,
        "init_wall_s": init_at - began_at,
        "events_wall_s": time.monotonic() - init_at,
        "modules": modules,
        "answers": answers,
    }
    sys.stdout.write(f"\n{json.dumps(told)}\n")


if __name__ == "__main__":
    main()
