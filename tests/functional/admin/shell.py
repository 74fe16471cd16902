"""A shell in which `chat-admin` is called."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from typer.testing import CliRunner

from chat_admin.command import app

if TYPE_CHECKING:
    from pathlib import Path


@dataclass
class Shell:
    """A shell whose commands are about one deployment."""

    outputs: Path

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output, standard error."""
        done = CliRunner().invoke(app, [*words, "--outputs", str(self.outputs)])
        return done.exit_code, done.stdout, done.stderr

    def json(self, *words: str) -> Any:
        code, out, err = self.run(*words, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    def said(self, *words: str) -> str:
        code, out, err = self.run(*words)
        assert (code, err) == (0, "")
        return out

    def refused(self, *words: str) -> str:
        code, out, err = self.run(*words)
        assert (code, out) == (1, "")
        assert err.startswith("chat-admin: ")
        assert err.count("\n") == 1
        return err
