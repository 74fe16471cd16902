"""`chat-admin plans`."""

from dataclasses import asdict
from typing import Annotated

import typer

from chat_admin import session
from chat_admin.arguments import Commands
from chat_admin.errors import hint
from serverless_socketio_chat.accounts.plans import DEFAULTS, FALLBACK, Plan

app = Commands(no_args_is_help=True, help="Plans: how many messages, how many connections.")


@app.command("list")
def list_plans(context: typer.Context) -> None:
    """List all plans, those of the contract among them."""
    admin, printer = session.of(context)
    printer.rows([asdict(plan) for plan in admin.directory.plans()], if_none="No plans.")


@app.command("set")
def set_plan(
    context: typer.Context,
    name: str,
    messages: Annotated[int | None, typer.Option(help="Messages a minute")] = None,
    burst: Annotated[int | None, typer.Option(help="Messages at once")] = None,
    connections: Annotated[int | None, typer.Option(help="Connections at a time")] = None,
) -> None:
    """Create a plan, or change one: what is not given stays, and of a new plan is as in `free`. Holds within 30 s."""
    admin, printer = session.of(context)
    known = {plan.name: plan for plan in admin.directory.plans()}
    before = known.get(name, DEFAULTS[FALLBACK])
    plan = Plan(
        name,
        before.messages if messages is None else messages,
        before.burst if burst is None else burst,
        before.connections if connections is None else connections,
    )
    with hint("Give other numbers, or another name"):
        admin.directory.put_plan(plan)
    printer.done(
        asdict(plan),
        f"{name}: {plan.messages} messages a minute, {plan.burst} at once, {plan.connections} connections.",
    )
