"""`chat-admin keys`."""

from typing import Annotated

import typer

from chat_admin import session
from chat_admin.arguments import Commands
from chat_admin.errors import hint
from chat_admin.users import User
from serverless_socketio_chat.accounts.api_keys import new_key

app = Commands(no_args_is_help=True, help="API keys: what users connect with. Only a hash of each is stored.")


@app.command()
def create(context: typer.Context, user: User) -> None:
    """Make a key and print it: it is shown this once."""
    admin, printer = session.of(context)
    key = new_key()
    with hint("`chat-admin users list` shows all users, `chat-admin users create` makes one"):
        record = admin.directory.put_key(key, user)
    printer.done({"userId": user, "apiKey": key, "fingerprint": record.fingerprint}, key)


@app.command("list")
def list_keys(context: typer.Context, user: User) -> None:
    """List a user's keys by their fingerprints, never the keys."""
    admin, printer = session.of(context)
    rows = [{"fingerprint": key.fingerprint, "createdAt": key.created_ms} for key in admin.directory.keys_of(user)]
    printer.rows(rows, if_none=f"{user} has no keys. `chat-admin keys create {user}` makes one.")


@app.command()
def revoke(
    context: typer.Context,
    user: User,
    fingerprint: Annotated[str, typer.Argument(help="Its fingerprint, or the beginning of it")],
) -> None:
    """Delete a key: refused at once, its connections are ended within a minute."""
    admin, printer = session.of(context)
    with hint(f"`chat-admin keys list {user}` shows them"):
        record = admin.directory.revoke_key(user, fingerprint)
    printer.done(
        {"userId": user, "fingerprint": record.fingerprint}, f"The key {record.fingerprint} of {user} is revoked."
    )
