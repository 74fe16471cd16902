"""Functions in folders, as the engine would have unpacked them."""

from __future__ import annotations

import os
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from local.workers.package import Package

if TYPE_CHECKING:
    from pathlib import Path


CREDENTIALS = {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_SESSION_TOKEN": "token"}


@dataclass(frozen=True)
class TestPackage(Package):
    """A function whose credentials are the test's."""

    __test__ = False
    own: dict[str, str] = field(default_factory=dict)

    def worker_variables(self) -> dict[str, str]:
        return {**CREDENTIALS, **self.own}


def written(folder: Path, source: str, *, timeout_s: int = 5, **own: str) -> TestPackage:
    """Write a function's only file, `index.py`, and return its package. `own` are variables of each worker."""
    code = folder / "code"
    code.mkdir(parents=True, exist_ok=True)
    (code / "index.py").write_text(textwrap.dedent(source))
    init = {
        "path": [str(code)],
        "module": "index",
        "handler": "handler",
        "timeoutS": timeout_s,
        "context": {"function_name": "f", "memory_limit_in_mb": 128},
    }
    return TestPackage({}, code, {**os.environ, **CREDENTIALS}, init, own)


def asked(event: Any = None, **context: str) -> dict[str, Any]:
    """Return what a worker is asked for an invocation."""
    return {"event": event, "context": context, "variables": {}}
