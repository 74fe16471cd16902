"""What import-linter's contracts (`pyproject.toml`) cannot say by themselves."""

from __future__ import annotations

import ast
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]
HANDLERS = sorted((ROOT / "functions").glob("*/*.py"))
CHAT = "serverless_socketio_chat"
FOR_HANDLERS = {
    f"{CHAT}.runtime": "wires everything, once for each warm process",
    f"{CHAT}.emitting": "what the bus asks the emitter for",
    f"{CHAT}.failed_calls": "what the emitter's queue brings again",
    f"{CHAT}.accounts.revocation": "what a stream tells the sweeper",
    f"{CHAT}.accounts.token_ends": "what the sweeper's queue asks for",
    f"{CHAT}.answers.sweep": "what the sweeper's queue asks for",
    f"{CHAT}.presence.queue": "what the queue of grace timers brings",
    f"{CHAT}.push.metrics": "what the sender's tries came to",
    "serverless_socketio.exceptions": "what the library raises",
}
"""What a handler may import beside Powertools and the standard library, and why: it wires and decides nothing."""


def imported(file: Path) -> set[str]:
    """The modules that a file imports anywhere in it; of `from package import name`, the module if `name` is one."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{file}: functions are no packages"
            found |= {_module(node.module or "", alias.name) for alias in node.names}
    return found


def _module(package: str, name: str) -> str:
    place = ROOT.joinpath("layers/chat/python", *package.split("."), name)
    return f"{package}.{name}" if place.is_dir() or place.with_suffix(".py").is_file() else package


@pytest.mark.parametrize("file", HANDLERS, ids=lambda file: file.parent.name)
def test_a_handler_imports_the_runtime_and_what_its_events_are_read_by(file: Path) -> None:
    ours = {name for name in imported(file) if name.partition(".")[0] not in sys.stdlib_module_names}
    assert f"{CHAT}.runtime" in ours
    assert {name for name in ours if name.partition(".")[0] != "aws_lambda_powertools"} <= FOR_HANDLERS.keys()


def test_no_handlers_import_is_allowed_that_none_has() -> None:
    assert len(HANDLERS) == 9
    assert FOR_HANDLERS.keys() <= set().union(*map(imported, HANDLERS))


def contract(name: str) -> dict[str, Any]:
    """The contract of that name."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (found,) = (each for each in settings["tool"]["importlinter"]["contracts"] if each["name"] == name)
    return dict(found)


def test_what_may_reach_aws_is_hidden_from_rules() -> None:
    free = {
        f"{CHAT}.accounts.access",  # a rule: it judges a type of the library's, and calls nothing
        f"{CHAT}.settings",  # declares what functions read: values
    }
    reaching = contract("inside the chat, adapters alone reach AWS and the network")["ignore_imports"]
    hidden = contract("inside the chat, rules know no adapter")["protected_modules"]
    assert {line.partition(" -> ")[0] for line in reaching} - free <= {*hidden}


OFFENDERS = {
    f"{CHAT}.answers.client_in_a_rule": ("import boto3", "inside the chat, adapters alone reach AWS and the network"),
    f"{CHAT}.answers.table_in_a_rule": (f"import {CHAT}.presence.table", "inside the chat, rules know no adapter"),
    f"{CHAT}.conversations.queue_in_a_rule": (
        f"from {CHAT}.notifications import intake",
        "inside the chat, rules know no adapter",
    ),
    f"{CHAT}.new_wing": ("", "inside the chat, wings are layers"),
    "serverless_socketio.knows_the_chat": (
        f"from {CHAT} import ulid",
        "the library <- the chat <- infra, the admin command <- the local cloud <- tools",
    ),
    "infra.knows_a_rule": (
        f"from {CHAT}.accounts import plans",
        "infra imports the construct and declared settings, no code that it deploys",
    ),
    "infra.constructs.knows_a_server": (
        "from serverless_socketio import server",
        "infra imports the construct and declared settings, no code that it deploys",
    ),
    "local.knows_the_chat": (
        f"from {CHAT}.events import dispatch",
        "the local cloud knows nothing of the chat but the demo's users",
    ),
    "local.synthesises": ("import aws_cdk", "programs read settings, and synthesise in a process of its own"),
    "local.edge.borrows": ("import ministack", "the local cloud borrows in one place"),
    "local.workers.inside.knows_the_pool": (
        "from local.workers import pool",
        "inside a worker there is the standard library alone",
    ),
    "local.engine.knows_the_edge": ("from local.edge import app", "in infra, the local cloud and tools, no cycles"),
    "local.has_a_double": ("import tests.fakes", "nothing imports tests"),
    "tools.wires": (f"from {CHAT} import runtime", "the runtime is for functions"),
    "tools.starts_the_engine": ("from local.engine import borrowed", "tools need no local cloud"),
    "tools.administers": ("import chat_admin.users", "nothing imports the admin command"),
    "chat_admin.answers": (f"from {CHAT}.conversations import accept", "the admin command works on records"),
    "chat_admin.new": ("", "inside the admin command, imports point one way"),
}
"""A module that may be written one day, by its name: what is in it, and the contract that it breaks."""
TOLD_BY_FOLDERS = {"local.engine.knows_the_edge": "- .engine -> .edge"}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages side by side, and their contracts."""
    folder = tmp_path_factory.mktemp("copy")
    shutil.copy(ROOT / "pyproject.toml", folder)
    layers = ("layers/serverless_socketio/python/serverless_socketio", f"layers/chat/python/{CHAT}")
    for package in ("infra", "local", "tools", "admin/chat_admin", *layers):
        source = ROOT / package
        shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


@pytest.fixture(scope="module")
def broken(copy: Path) -> dict[str, str]:
    """What import-linter says of a copy with all offenders, by the name of the contract: one run takes seconds."""
    for module, (line, _) in OFFENDERS.items():
        copy.joinpath(*module.split(".")).with_suffix(".py").write_text(f"{line}\n", encoding="utf-8")
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    done = subprocess.run(
        [sys.executable, "-c", lint, "--no-cache"], cwd=copy, capture_output=True, text=True, timeout=100
    )
    report = done.stdout.partition("Broken contracts")[2]
    sections = re.split(r"^(.+)\n-{3,}$", report, flags=re.MULTILINE)
    return {name: " ".join(said.split()) for name, said in zip(sections[1::2], sections[2::2], strict=True)}


@pytest.mark.parametrize("module", OFFENDERS)
def test_a_contract_tells(broken: dict[str, str], module: str) -> None:
    _, name = OFFENDERS[module]
    told = TOLD_BY_FOLDERS.get(module, module.rpartition(".")[2])
    assert told in broken.get(name, ""), broken


PARTS = {
    "functions/*/handler.py": "functions",
    "tools/": "tools",
    "local/": "local",
    "infra/": "infra",
    "chat_admin": "admin/chat_admin",
    "serverless_socketio_chat": "layers/chat/python/serverless_socketio_chat",
    "serverless_socketio.cdk": "layers/serverless_socketio/python/serverless_socketio/cdk",
    "serverless_socketio": "layers/serverless_socketio/python/serverless_socketio",
}
"""The boxes of the drawing in docs/architecture.md that says which part imports which, with their folders."""


def test_the_architecture_draws_the_imports_of_the_parts() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    (drawing,) = (each for each in re.findall(r"```mermaid\n(.+?)```", page, re.DOTALL) if "chat_admin" in each)
    labels = dict(re.findall(r'(\w+)\["(.+?)"\]', drawing))
    arrows = re.findall(r"^  (\w+).* --> (\w+)", drawing, re.MULTILINE)
    assert set(labels.values()) == PARTS.keys()
    drawn = {(labels[one], labels[other]) for one, other in arrows}
    real = set(_between_parts())
    assert drawn <= real
    implied = set(drawn)
    for _ in PARTS:
        implied |= {(one, other) for one, by in implied for also, other in implied if by == also}
    assert real <= implied


def _between_parts() -> Iterator[tuple[str, str]]:
    """Which part imports which, by absolute names."""
    names = {part.partition("/")[0]: part for part in PARTS}
    for part, folder in PARTS.items():
        for file in (ROOT / folder).rglob("*.py"):
            of = "serverless_socketio.cdk" if PARTS["serverless_socketio.cdk"] in str(file) else part
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
                if isinstance(node, ast.ImportFrom) and not node.level:
                    modules = [node.module or ""]
                for module in modules:
                    two = ".".join(module.split(".")[:2])
                    other = names.get(two) or names.get(two.partition(".")[0])
                    if other and other != of:
                        yield of, other
