"""`chat-admin push`."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from chat_admin import session
from chat_admin.arguments import Commands
from chat_admin.dead_letters import Letter

app = Commands(no_args_is_help=True, help="Web push: what could not be delivered, and the way back.")

Reason = Annotated[str | None, typer.Option(help="Only those with this reason")]
NONE = "There are no dead letters."


@app.command()
def dead(context: typer.Context, reason: Reason = None) -> None:
    """Count what could not be pushed by reason, or list what has one reason. It stays where it is."""
    desk, printer = session.of(context)
    letters = desk.dead_letters.look()
    if reason is None:
        printer.rows(_counts(letters), if_none=NONE)
    else:
        printer.rows([_fields(each) for each in letters if each.reason == reason], if_none=NONE)


@app.command()
def retry(context: typer.Context, reason: Reason = None) -> None:
    """Put what could not be pushed back on its queue, as if it were new. What makes no sense stays."""
    desk, printer = session.of(context)
    chosen, left = desk.dead_letters.retry(reason)
    reasons = Counter(letter.reason for letter in left)
    printer.done(
        {"putBack": len(chosen), "left": dict(reasons)},
        f"Put back: {len(chosen)}. Left: {len(left)}{_named(reasons)}.",
    )


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


def _fields(letter: Letter) -> dict[str, Any]:
    return {
        "diedAt": letter.at_ms,
        "status": letter.status,
        "userId": letter.user_id,
        "notificationId": letter.notification_id,
        "queue": letter.queue,
    }
