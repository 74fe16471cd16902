"""`chat-admin show`: how things stand. Neither keys nor texts are shown."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from chat_admin import session
from chat_admin.arguments import Commands
from chat_admin.errors import AdminError
from chat_admin.users import User
from serverless_socketio.model import Connection
from serverless_socketio_chat.accounts.model import FINGERPRINT_CHARS
from serverless_socketio_chat.agents import payloads
from serverless_socketio_chat.model import Chat, Devices
from serverless_socketio_chat.presence.model import status_of

app = Commands(no_args_is_help=True, help="Connections, answers and chats as they stand.")

NEWEST = 10


@app.command()
def connection(
    context: typer.Context,
    connection_id: Annotated[str, typer.Argument(metavar="ID", help="API Gateway's id, as in the functions' logs")],
) -> None:
    """Show a connection: whose it is, since when, in which rooms."""
    admin, printer = session.of(context)
    found = admin.store.connections.find(connection_id)
    if found is None:
        raise AdminError(f"Connection {connection_id} does not exist: it has ended, or the id is another deployment's")
    printer.one({**_connection(found), "rooms": admin.store.rooms.entered(connection_id, "/")})


@app.command()
def presence(context: typer.Context, user: User) -> None:
    """Show a user's presence: as it was announced last, and what each device says."""
    admin, printer = session.of(context)
    announced = admin.presence.announced(user)
    if announced is None:
        raise AdminError(f"{user} has never been online: `chat-admin users list` shows all users")
    devices = admin.store.rooms.members("/", Devices(user).room)
    shown = [{"connectionId": each.address, "status": status_of(each), "detached": each.detached} for each in devices]
    graces = [device.status for device in admin.presence.absent(user)]
    printer.one({**asdict(announced), "devices": shown, "inTheirGrace": graces})


@app.command()
def stream(
    context: typer.Context,
    reply_id: Annotated[str, typer.Argument(metavar="REPLY_ID", help="`replyId` of the ack of chat:message")],
) -> None:
    """Show an answer's control record: how far it is, who writes it, how it ended."""
    admin, printer = session.of(context)
    found = admin.streams.read(reply_id)
    if found is None:
        raise AdminError(f"Answer {reply_id} does not exist: answers are kept for two days after their end")
    sender = None if found.sender is None else found.sender.member.address
    printer.one({**asdict(found), "sender": sender})


@app.command()
def chat(
    context: typer.Context, user: User, agent: Annotated[str, typer.Argument(metavar="AGENT", help="Its id")]
) -> None:
    """Show a chat: what runs in it, where the two stand, its newest messages without their texts."""
    admin, printer = session.of(context)
    state = admin.conversations.state(Chat(user, agent))
    newest = admin.newest(user, agent, NEWEST)
    if not newest:
        raise AdminError(f"{user} and {agent} have not talked yet: `chat-admin users list`, `chat-admin agents list`")
    printer.one({"running": state.running, **payloads.relation_fields(state.relation), "newest": newest})


def _connection(found: Connection) -> dict[str, Any]:
    own = found.sessions.get("/", {})
    key = own.get("key")
    return {
        "connectionId": found.address,
        "form": found.form,
        "userId": own.get("userId"),
        "plan": own.get("plan"),
        "key": None if key is None else key[:FINGERPRINT_CHARS],
        "openedAt": found.opened_ms,
        "seenAt": found.seen_ms,
        "refused": found.environ.get("verdict"),
    }
