"""Ids, names and whatever else a command takes may begin with a dash; a mistyped option is still told as one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_type_hints

import pytest
import typer.main
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from chat_admin.arguments import LOOKS_LIKE_AN_OPTION
from chat_admin.command import app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.drivers import ChatDriver
    from tests.functional.admin.shell import Shell

BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
HELP = ("-h", "--help")
TEXTS = (str, str | None, list[str] | None)


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """All commands below a group, each with the words that call it."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


COMMANDS = dict(commands(typer.main.get_command(app)))


def parameters(command: Any, kind: str) -> list[Any]:
    """The parameters of a command that are of a kind: "argument" or "option"."""
    return [each for each in command.params if each.param_type_name == kind]


TAKING_VALUES = {path: command for path, command in COMMANDS.items() if parameters(command, "argument")}
TAKING_TEXTS = {
    (path, option.opts[0]): (command, option)
    for path, command in COMMANDS.items()
    for option in parameters(command, "option")
    if get_type_hints(command.callback)[option.name] in TEXTS
}


def parsed(command: Any, words: list[str]) -> dict[str, Any]:
    """What a command would be called with."""
    found: dict[str, Any] = command.make_context("command", list(words)).params
    return found


def dashed() -> st.SearchStrategy[str]:
    """Words that begin with a dash and do not look like an option."""
    ids = st.text(BASE64URL, min_size=1, max_size=24)
    words = st.one_of(ids, ids.map("-{}".format), st.text(min_size=1, max_size=128)).map("-{}".format)
    return words.filter(lambda word: word not in {*HELP, "--"} and not LOOKS_LIKE_AN_OPTION.fullmatch(word))


def test_every_command_that_takes_a_value_is_found() -> None:
    assert len(TAKING_VALUES) > 12
    assert ("show", "connection") in TAKING_VALUES
    assert (("agents", "create"), "--name") in TAKING_TEXTS


@pytest.mark.parametrize("path", TAKING_VALUES, ids=" ".join)
@given(data=st.data())
def test_every_value_of_every_command_may_begin_with_a_dash(path: tuple[str, ...], data: st.DataObject) -> None:
    command = TAKING_VALUES[path]
    names = [argument.name for argument in parameters(command, "argument")]
    values = [data.draw(dashed()) for _ in names]
    required = [word for option in parameters(command, "option") if option.required for word in (option.opts[0], "-x")]
    at = data.draw(st.integers(0, len(values)))
    expected = dict(zip(names, values, strict=True))
    for words in ([*values[:at], *required, *values[at:]], [*required, "--", *values]):
        found = parsed(command, words)
        assert {name: found[name] for name in names} == expected


@pytest.mark.parametrize("path", TAKING_VALUES, ids=" ".join)
@pytest.mark.parametrize("value", [*HELP, "--", "--plan", "--json", "--anything-else", "--name=x"])
def test_after_two_dashes_everything_is_a_value(path: tuple[str, ...], value: str) -> None:
    command = TAKING_VALUES[path]
    names = [argument.name for argument in parameters(command, "argument")]
    required = [word for option in parameters(command, "option") if option.required for word in (option.opts[0], "-x")]
    found = parsed(command, [*required, "--", *([value] * len(names))])
    assert {found[name] for name in names} == {value}


@pytest.mark.parametrize(("path", "name"), TAKING_TEXTS, ids=lambda each: "".join(each))
@given(value=st.one_of(dashed(), st.sampled_from(["--", "--plan", "-h"])))
def test_the_value_of_an_option_may_begin_with_a_dash(path: tuple[str, ...], name: str, value: str) -> None:
    command, option = TAKING_TEXTS[path, name]
    values = ["v" for _ in parameters(command, "argument")]
    for words in ([name, value], [f"{name}={value}"]):
        found = parsed(command, [*words, *values])[option.name]
        assert found in (value, [value])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("users create --paln pro dora", "No such option: --paln. Did you mean --plan?"),
        ("users create --paln", "No such option: --paln. Did you mean --plan?"),
        ("users create --plna=pro", "No such option: --plna. Did you mean --plan?"),
        ("users create dora -p pro", "No such option: -p."),
        ("users create dora -plan=pro", "No such option: -plan. Did you mean --plan?"),
        ("users list -json", "No such option: -json."),
        ("users create dora -- -x", "unexpected extra argument"),
        ("users create --plan", "'--plan' requires an argument"),
        ("users list --stack", "'--stack' requires an argument"),
        ("users create", "Missing argument 'USER'"),
    ],
)
def test_a_mistyped_option_is_told(line: str, said: str) -> None:
    done = CliRunner().invoke(app, line.split(" "))
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


@pytest.mark.parametrize("option", HELP)
@pytest.mark.parametrize("path", [(), ("users",), *COMMANDS], ids=" ".join)
def test_help_is_never_taken_as_a_value(path: tuple[str, ...], option: str) -> None:
    done = CliRunner().invoke(app, [*path, option])
    assert done.exit_code == 0
    assert "Usage: " in done.stdout


def test_a_user_and_an_agent_whose_ids_begin_with_a_dash_are_as_good_as_others(shell: Shell, chat: ChatDriver) -> None:
    shell.said("plans", "set", "-slow", "--messages", "1")
    assert shell.said("users", "create", "-dora", "--plan", "-slow") == "-dora is on the plan -slow.\n"
    assert shell.json("users", "move", "-dora", "pro", "--plan-expires", "2027-12-31")["plan"] == "pro"
    made = shell.json("keys", "create", "-dora")
    assert shell.json("agents", "create", "-e", "--name", "-E-", "--provider", "echo")["name"] == "-E-"
    client = chat.connect(auth={"token": made["apiKey"]})
    assert client.emit("chat:message", {"agentId": "-e", "message": "hi"})["ok"]
    assert len(shell.json("show", "chat", "-dora", "-e")["newest"]) == 1
    assert shell.json("emit", "-news", "-5", "--room", "user:-dora")["sockets"] == 1
    assert "has ended" in shell.refused("show", "connection", "-JkR8aLpXq0CGsw=")
    assert "has ended" in shell.refused("show", "connection", "--kR8aLpXq0CGsw=")
    assert shell.json("keys", "revoke", "-dora", made["fingerprint"])
    assert shell.json("users", "revoke", "-dora")["keys"] == 0
