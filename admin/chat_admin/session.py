"""What one call of the command was given, and what its commands share."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import typer

from chat_admin import deployment
from chat_admin.admin import Admin
from chat_admin.printing import Printer


@dataclass(kw_only=True)
class Session:
    """The options before a command. The deployment is looked for when it is first needed: not for ``--help``."""

    outputs: Path | None
    stack: str | None
    region: str | None
    as_json: bool

    @cached_property
    def admin(self) -> Admin:
        """The deployment's stores."""
        return Admin(deployment.find(self.outputs, self.stack, self.region))

    @cached_property
    def printer(self) -> Printer:
        """Where answers go."""
        return Printer(as_json=self.as_json)


def of(context: typer.Context) -> tuple[Admin, Printer]:
    """Return what a command works with."""
    session = context.find_object(Session)
    if session is None:
        raise RuntimeError("A command was called without its group")
    return session.admin, session.printer
