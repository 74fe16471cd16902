"""`chat-admin agents`."""

from dataclasses import asdict, replace
from typing import Annotated, Any

import typer

from chat_admin import models, session
from chat_admin.admin import Admin
from chat_admin.arguments import Commands
from chat_admin.errors import AdminError, hint
from chat_admin.printing import Printer
from serverless_socketio_chat.agents import LIVE, PROVIDERS, is_function, payloads
from serverless_socketio_chat.agents.model import AgentRecord

app = Commands(no_args_is_help=True, help="Agents: whom users may talk to.")

KNOWN = sorted(PROVIDERS | LIVE)

Agent = Annotated[str, typer.Argument(metavar="AGENT", help="Its id: no white space, no '#', no ':'")]
Name = Annotated[str | None, typer.Option(help="As people read it")]
Provider = Annotated[
    str | None, typer.Option(help=f"Who answers: {', '.join(KNOWN)}, or a function: package.module:function")
]
ChunkSize = Annotated[int | None, typer.Option(help="Words a chunk; without it, the deployment's")]
ChunkDelay = Annotated[int | None, typer.Option(help="Milliseconds between chunks; without it, the deployment's")]
Settings = Annotated[
    list[str] | None,
    typer.Option("--model", metavar="NAME=VALUE", help=f"Of {' and '.join(LIVE)}: {', '.join(models.READERS)}"),
]


@app.command("list")
def list_agents(context: typer.Context) -> None:
    """List all agents."""
    admin, printer = session.of(context)
    printer.rows(
        [_fields(agent) for agent in admin.directory.agents()],
        if_none="No agents yet. `chat-admin agents create` makes one.",
    )


@app.command()
def create(
    context: typer.Context,
    agent: Agent,
    name: Name = None,
    provider: Provider = None,
    chunk_size: ChunkSize = None,
    chunk_delay_ms: ChunkDelay = None,
    model: Settings = None,
) -> None:
    """Create an agent. Its name and its provider are its id unless given."""
    admin, printer = session.of(context)
    if admin.directory.agent(agent) is not None:
        raise AdminError(f"Agent {agent} exists already. `chat-admin agents change {agent}` changes it")
    behind = models.changed(None, model or [])
    _save(admin, printer, AgentRecord(agent, name or agent, provider or agent, chunk_size, chunk_delay_ms, behind))


@app.command()
def change(
    context: typer.Context,
    agent: Agent,
    name: Name = None,
    provider: Provider = None,
    chunk_size: ChunkSize = None,
    chunk_delay_ms: ChunkDelay = None,
    model: Settings = None,
) -> None:
    """Change an agent: what is not given stays. Functions see it within 30 s, subscribers are told now."""
    admin, printer = session.of(context)
    record = admin.directory.agent(agent)
    if record is None:
        raise AdminError(f"Agent {agent} does not exist. `chat-admin agents list` shows all agents")
    given = {"name": name, "provider": provider, "chunk_size": chunk_size, "chunk_delay_ms": chunk_delay_ms}
    changes: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
    _save(admin, printer, replace(record, model=models.changed(record.model, model or []), **changes))


def _save(admin: Admin, printer: Printer, agent: AgentRecord) -> None:
    if agent.provider not in KNOWN and not is_function(agent.provider):
        known = " or ".join([*KNOWN, "package.module:function"])
        raise AdminError(f"Provider {agent.provider} does not exist: give --provider {known}")
    with hint("Give another value"):
        admin.directory.save_agent(agent)
    told = admin.emit("agent:updated", payloads.agent_updated(agent, "available", admin.clock.now_ms()), agent.room)
    printer.done(
        {**_fields(agent), "told": told},
        f"{agent.agent_id} is {agent.name}, by {agent.provider}; {told} sockets were told.",
    )


def _fields(agent: AgentRecord) -> dict[str, Any]:
    return {
        "agentId": agent.agent_id,
        "name": agent.name,
        "provider": agent.provider,
        "chunkSize": agent.chunk_size,
        "chunkDelayMs": agent.chunk_delay_ms,
        "model": None if agent.model is None else asdict(agent.model),
    }
