"""`chat-admin users`."""

from typing import Annotated

import typer

from chat.plans import FALLBACK
from chat_admin import session
from chat_admin.desk import Desk
from chat_admin.errors import AdminError, hint
from chat_admin.printing import Printer

app = typer.Typer(no_args_is_help=True, help="Users: who may connect, and on which plan.")

User = Annotated[str, typer.Argument(metavar="USER", help="Their id: no white space, no '#', no ':'")]


@app.command()
def create(context: typer.Context, user: User, plan: Annotated[str, typer.Option(help="Its name")] = FALLBACK) -> None:
    """Create a user. A key comes by `keys create`."""
    desk, printer = session.of(context)
    known = desk.directory.user(user)
    if known is not None:
        raise AdminError(f"There is a user {user} already, on the plan {known.plan}. `chat-admin users move` moves one")
    _put(desk, printer, user, plan)


@app.command()
def move(context: typer.Context, user: User, plan: Annotated[str, typer.Argument(metavar="PLAN")]) -> None:
    """Move a user to another plan: from the next connection on."""
    desk, printer = session.of(context)
    if desk.directory.user(user) is None:
        raise AdminError(f"There is no user {user}. `chat-admin users list` shows who there is")
    _put(desk, printer, user, plan)


@app.command("list")
def list_users(context: typer.Context) -> None:
    """List all users."""
    desk, printer = session.of(context)
    rows = [
        {"userId": user.user_id, "plan": user.plan, "createdAt": user.created_ms} for user in desk.directory.users()
    ]
    printer.rows(rows, if_none="There are no users. `chat-admin users create` makes one.")


@app.command()
def revoke(context: typer.Context, user: User) -> None:
    """Delete a user and all keys of the user: refused at once, disconnected within a minute. What was said stays."""
    desk, printer = session.of(context)
    with hint("`chat-admin users list` shows who there is"):
        count = desk.directory.revoke_user(user)
    printer.done({"userId": user, "keys": count}, f"{user} is revoked, with {count} keys.")


def _put(desk: Desk, printer: Printer, user: str, plan: str) -> None:
    plans = [each.name for each in desk.directory.plans()]
    if plan not in plans:
        raise AdminError(f"There is no plan {plan}, only {', '.join(plans)}. `chat-admin plans set` makes one")
    with hint("Choose another id"):
        desk.directory.put_user(user, plan)
    printer.done({"userId": user, "plan": plan}, f"{user} is on the plan {plan}.")
