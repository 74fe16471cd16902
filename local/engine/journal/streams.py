"""What functions have not been told of yet: the engine saves how far they are, not the records that they read.

A snapshot has the records that were waiting. Those of later changes are made again when these are applied. So a
function is told at least once, as Lambda does it.
"""

import json
from pathlib import Path

from local.engine import borrowed
from local.home import write_private


def save(path: Path) -> None:
    """Write down what waits at this moment."""
    write_private(path, json.dumps(borrowed.pending_stream_records()))


def restore(path: Path) -> None:
    """Let that wait again."""
    borrowed.restore_streams(json.loads(path.read_text()) if path.exists() else {})
