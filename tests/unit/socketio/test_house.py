"""How the library is built, where no linter says so: names, what is public and why, and nothing that only passes on."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import serverless_socketio
from serverless_socketio import aws, memory
from serverless_socketio.fanout import Fanout
from serverless_socketio.server import Server
from tests.drivers import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGE = Path(serverless_socketio.__file__).parent
TREES = {str(path.relative_to(PACKAGE)): ast.parse(path.read_text()) for path in sorted(PACKAGE.rglob("*.py"))}

PUBLIC = {
    "ConnectionRefusedError": "a `connect` handler raises it to say why",
    "DisconnectedError": "a socket that a handler names has gone",
    "Emitter": "emits from a process that handles nothing",
    "FrameTooLargeError": "what a handler emits is too large",
    "Namespace": "handlers as methods",
    "QueueError": "a large room could not be handed on",
    "Recovery": "what clients that come back are promised",
    "Server": "the server",
    "SocketIOError": "the root of these errors",
    "StoreError": "the table did not answer",
    "TimeoutError": "`call` heard nothing",
}
PUBLIC_OF_AWS = {
    "ApiGatewayTransport": "an Emitter posts by it",
    "DynamoStore": "an Emitter looks rooms up in it",
    "DynamoTable": "a DynamoStore is over one",
    "LambdaApp": "runs a Server",
}
PYTHON_SOCKETIO = {
    *("on", "event", "register_namespace", "emit", "send", "call", "enter_room", "leave_room", "close_room", "rooms"),
    *("get_session", "save_session", "session", "get_environ", "transport", "disconnect", "reason"),
}
SERVERS_OWN = {
    "attach": "LambdaApp gives the server its ports",
    "callback": "`emit(callback=…)` needs a name that another process knows",
    "claim_once": "a frame may come twice, by Lambda's queue",
    "hooks": "a socket is there, or about to end",
    "manager": "what carries frames and ticks to the server works on it",
    "request": "the frame being handled",
}
PASS_ON = {  # which only pass their arguments on, and why
    "hooks.py: Hooks.on_accepted": "registers; not on a frame's way",
    "hooks.py: Hooks.on_ending": "likewise",
    "manager.py: Manager.watch": "likewise",
    "system.py: SystemClock.monotonic": "a port",
}


def test_each_public_name_is_one_that_an_app_needs() -> None:
    assert set(serverless_socketio.__all__) == set(PUBLIC)
    assert set(aws.__all__) == set(PUBLIC_OF_AWS)
    assert memory.__all__ == ["MemoryStore", "MemoryTransport"]


def test_a_server_shows_python_socketios_names_and_few_of_its_own() -> None:
    shown = {name for name in [*dir(Server), *vars(Server())] if not name.startswith("_")}
    assert shown == PYTHON_SOCKETIO | set(SERVERS_OWN)


def test_a_fan_out_has_three_verbs() -> None:
    assert {name for name in vars(Fanout) if not name.startswith("_")} == {"emit", "send", "encode"}


def test_no_function_only_passes_its_arguments_on() -> None:
    assert set(_passing_on()) == set(PASS_ON)


def test_the_files_that_the_architecture_names_are_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    questions = text.split("## Where is …?")[1].split("\n## ")[0]
    named = re.findall(r"\| … .* \| `(.*)` \|", questions)
    assert len(named) == len(set(named)) == 20
    assert set(named) <= set(TREES)


@pytest.mark.parametrize("module", TREES)
def test_each_module_says_what_it_is(module: str) -> None:
    assert ast.get_docstring(TREES[module])


def _passing_on() -> Iterator[str]:
    """Functions that are one call with just their own parameters."""
    for module, tree in TREES.items():
        for owner in ast.walk(tree):
            if not isinstance(owner, (ast.Module, ast.ClassDef)):
                continue
            prefix = f"{owner.name}." if isinstance(owner, ast.ClassDef) else ""
            for function in owner.body:
                if isinstance(function, ast.FunctionDef) and not function.decorator_list and _passes_on(function):
                    yield f"{module}: {prefix}{function.name}"


def _passes_on(function: ast.FunctionDef) -> bool:
    docstring = ast.get_docstring(function) is not None
    body = function.body[docstring:]
    if len(body) != 1 or not isinstance(body[0], (ast.Return, ast.Expr)) or not isinstance(body[0].value, ast.Call):
        return False
    call, arguments = body[0].value, function.args
    parameters = [each.arg for each in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    given = [*call.args, *(keyword.value for keyword in call.keywords)]
    names = [each.id for each in given if isinstance(each, ast.Name)]
    return len(names) == len(given) and sorted(names) == sorted({*parameters} - {"self"})
