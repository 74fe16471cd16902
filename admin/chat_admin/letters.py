"""The commands `dead` and `retry` of a queue of dead letters."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from chat_admin import session
from chat_admin.arguments import Commands

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from chat_admin.admin import Admin
    from chat_admin.dead_letters import DeadLetters, Letter

Reason = Annotated[str | None, typer.Option(help="Only those with this reason")]
NONE = "No dead letters."


def commands(about: str, what: str, letters: Callable[[Admin], DeadLetters]) -> Commands:
    """Return the group of a queue's commands. `about`: its help; `what`: what lies there."""
    app = Commands(no_args_is_help=True, help=about)

    @app.command(help=f"Count what could not be {what} by reason, or list what has one reason. It stays where it is.")
    def dead(context: typer.Context, reason: Reason = None) -> None:
        admin, printer = session.of(context)
        queue = letters(admin)
        found = queue.look()
        if reason is None:
            printer.rows(_counts(found), if_none=NONE)
        else:
            printer.rows([queue.fields(each) for each in found if each.reason == reason], if_none=NONE)

    @app.command(help=f"Put what could not be {what} back on its queue, as if it were new. What makes no sense stays.")
    def retry(context: typer.Context, reason: Reason = None) -> None:
        admin, printer = session.of(context)
        chosen, left = letters(admin).retry(reason)
        reasons = Counter(letter.reason for letter in left)
        printer.done(
            {"putBack": len(chosen), "left": dict(reasons)},
            f"Put back: {len(chosen)}. Left: {len(left)}{_named(reasons)}.",
        )

    return app


def _named(reasons: Counter[str]) -> str:
    return f" ({', '.join(f'{count} {reason}' for reason, count in sorted(reasons.items()))})" if reasons else ""


def _counts(letters: Sequence[Letter]) -> list[dict[str, Any]]:
    by_reason = defaultdict(list)
    for letter in letters:
        by_reason[letter.reason].append(letter)
    return [
        {
            "reason": reason,
            "count": len(some),
            "retriable": sum(letter.queue is not None for letter in some),
            "oldestAt": min((letter.at_ms for letter in some if letter.at_ms is not None), default=None),
        }
        for reason, some in sorted(by_reason.items())
    ]
