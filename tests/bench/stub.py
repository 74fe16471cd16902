"""A service in a process of its own that answers whatever functions ask, after so many milliseconds."""

from __future__ import annotations

import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def service(delay_ms: float) -> Iterator[str]:
    """Where it answers."""
    command = [sys.executable, str(Path(__file__).with_name("service.py")), str(delay_ms)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()
