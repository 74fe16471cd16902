"""The command: its groups, the options that may stand anywhere, and its one way to fail."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from botocore.exceptions import BotoCoreError, ClientError
from typer.core import TyperGroup

from chat_admin import agents, emitting, keys, plans, push, session, show, users
from chat_admin.arguments import Commands, Options, told_apart
from chat_admin.errors import AdminError
from chat_admin.session import Session
from serverless_socketio.exceptions import QueueError, StoreError

COMMON = Options(valued={"--outputs", "--stack", "--region"}, flags={"--json"})
HELP = {"help_option_names": ["-h", "--help"]}  # without ``-h``, `users create -h` would make a user of that name


class Root(TyperGroup):
    """Takes the common options before or after a command's name, and tells errors in one line."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the common options first, where they are read."""
        return super().parse_args(ctx, hoisted(args))

    def invoke(self, ctx: Any) -> Any:
        """Run a command; what an operator can do something about is not a traceback."""
        try:
            return super().invoke(ctx)
        except (AdminError, StoreError, QueueError, BotoCoreError, ClientError) as error:
            typer.echo(f"chat-admin: {explained(error)}", err=True)
            raise typer.Exit(1) from error


app = Commands(cls=Root, context_settings=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None)
app.add_typer(users.app, name="users")
app.add_typer(keys.app, name="keys")
app.add_typer(plans.app, name="plans")
app.add_typer(agents.app, name="agents")
app.add_typer(push.app, name="push")
app.add_typer(emitting.app, name="emitting")
app.add_typer(show.app, name="show")


@app.callback()
def common(
    context: typer.Context,
    outputs: Annotated[
        Path | None,
        typer.Option(help="File of `make run` or of `cdk deploy --outputs-file`; .local/outputs.json if there"),
    ] = None,
    stack: Annotated[str | None, typer.Option(help="Name of a deployed stack, with the shell's credentials")] = None,
    region: Annotated[str | None, typer.Option(help="Where that stack is; the shell's region by default")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON")] = False,
) -> None:
    """Administer a chat: users, keys, plans, agents. Without options, the one that `make run` runs here."""
    context.obj = Session(outputs=outputs, stack=stack, region=region, as_json=as_json)


@app.command()
def emit(
    context: typer.Context,
    event: str,
    data: Annotated[str, typer.Argument(metavar="JSON", help='What listeners get, e.g. \'{"title": "Hi"}\'')],
    room: Annotated[str, typer.Option(help="E.g. user:alice, agent:echo, chat:echo:alice; global is all sockets")],
) -> None:
    """Send an event to all sockets in a room."""
    admin, printer = session.of(context)
    try:
        count = admin.emit(event, json.loads(data), room)
    except json.JSONDecodeError as error:
        raise AdminError(
            f"The data is not valid JSON ({error}): put text in double quotes inside single ones"
        ) from error
    except ValueError as error:  # a reserved name, or too large a frame
        raise AdminError(str(error)) from error
    printer.done({"event": event, "room": room, "sockets": count}, f"{event} went to {count} sockets in {room}.")


def hoisted(args: list[str]) -> list[str]:
    """Return the arguments with the common options first; what follows ``--`` stays where it is."""
    words = told_apart(args, COMMON)
    if words.lacks_a_value:  # the parser says so, unless it finds one
        return words.options
    return [*words.options, *words.others, *([] if words.after is None else ["--", *words.after])]


def explained(error: Exception) -> str:
    """Return an error in one line, with what to do about it."""
    text = " ".join(str(error).split())
    if isinstance(error, AdminError):
        return text
    return f"{text}. Is the deployment running, and do the credentials fit it?"


def main() -> None:
    """Run `chat-admin`."""
    app()
