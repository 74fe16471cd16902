"""`chat-admin users`."""

from typing import Annotated, Any

import typer

from chat_admin import dates, session
from chat_admin.admin import Admin
from chat_admin.arguments import Commands
from chat_admin.errors import AdminError, hint
from chat_admin.printing import Printer
from serverless_socketio_chat.accounts.model import Account
from serverless_socketio_chat.accounts.plans import FALLBACK

app = Commands(no_args_is_help=True, help="Users: who may connect, and on which plan.")

User = Annotated[str, typer.Argument(metavar="USER", help="Their id: no white space, no '#', no ':'")]


PlanExpires = Annotated[
    str | None,
    typer.Option(metavar="DATE|never", help="As from this day (UTC, YYYY-MM-DD) the plan counts as the free one"),
]


@app.command()
def create(
    context: typer.Context,
    user: User,
    plan: Annotated[str, typer.Option(help="Its name")] = FALLBACK,
    plan_expires: PlanExpires = None,
) -> None:
    """Create a user. A key comes by `keys create`."""
    admin, printer = session.of(context)
    known = admin.directory.user(user)
    if known is not None:
        raise AdminError(f"User {user} exists already, on the plan {known.plan}. `chat-admin users move` moves a user")
    _put(admin, printer, user, plan, plan_expires)


@app.command()
def move(
    context: typer.Context,
    user: User,
    plan: Annotated[str, typer.Argument(metavar="PLAN")],
    plan_expires: PlanExpires = None,
) -> None:
    """Move a user to another plan, which never ends unless a day is given: from the next connection on."""
    admin, printer = session.of(context)
    _known(admin, user)
    _put(admin, printer, user, plan, plan_expires)


@app.command()
def show(context: typer.Context, user: User) -> None:
    """Show a user: the plan, when it ends, since when."""
    admin, printer = session.of(context)
    printer.one(_fields(_known(admin, user)))


@app.command("list")
def list_users(context: typer.Context) -> None:
    """List all users."""
    admin, printer = session.of(context)
    rows = [_fields(user) for user in admin.directory.users()]
    printer.rows(rows, if_none="No users yet. `chat-admin users create` makes one.")


@app.command()
def revoke(context: typer.Context, user: User) -> None:
    """Delete a user and all keys of the user: refused at once, disconnected within a minute. What was said stays."""
    admin, printer = session.of(context)
    with hint("`chat-admin users list` shows all users"):
        count = admin.directory.revoke_user(user)
    printer.done({"userId": user, "keys": count}, f"{user} is revoked, with {count} keys.")


@app.command("sign-out")
def sign_out(context: typer.Context, user: User) -> None:
    """Refuse all tokens (JWTs) of a user that were issued until now, and end their connections. API keys stay."""
    admin, printer = session.of(context)
    known = admin.directory.user(user) is not None
    with hint("`chat-admin users list` shows all users"):
        admin.directory.sign_out(user)
    unseen = "" if known else f" No token of {user} has been seen yet: is the id right?"
    printer.done({"userId": user, "known": known}, f"{user} is signed out.{unseen}")


def _known(admin: Admin, user: str) -> Account:
    known = admin.directory.user(user)
    if known is None:
        raise AdminError(f"User {user} does not exist. `chat-admin users list` shows all users")
    return known


def _put(admin: Admin, printer: Printer, user: str, plan: str, plan_expires: str | None) -> None:
    plans = [each.name for each in admin.directory.plans()]
    if plan not in plans:
        raise AdminError(f"Plan {plan} does not exist, only {', '.join(plans)}. `chat-admin plans set` makes one")
    expires_ms = dates.midnight_ms(plan_expires)
    with hint("Choose another id"):
        admin.directory.put_user(user, plan, expires_ms)
    until = "" if expires_ms is None else f" until {plan_expires}"
    printer.done({"userId": user, "plan": plan, "planExpiresAt": expires_ms}, f"{user} is on the plan {plan}{until}.")


def _fields(user: Account) -> dict[str, Any]:
    return {
        "userId": user.user_id,
        "plan": user.plan,
        "planExpiresAt": user.plan_expires_ms,
        "createdAt": user.created_ms,
    }
