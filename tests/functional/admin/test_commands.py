"""`chat-admin`, command by command, over the tables of a chat that is in use."""

from __future__ import annotations

import json
import re
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from moto.apigatewaymanagementapi.models import apigatewaymanagementapi_backends
from moto.core import DEFAULT_ACCOUNT_ID
from typer.testing import CliRunner

from chat_admin.command import app, hoisted
from chat_admin.models import READERS
from serverless_socketio.model import Member, frame_order
from serverless_socketio_chat.accounts.api_keys import KEY_PREFIX, digest
from serverless_socketio_chat.agents.model import Model
from tests.drivers import Refused
from tests.functional.admin.shell import Shell
from tests.tables import REGION

if TYPE_CHECKING:
    from tests.drivers import ChatDriver


def posted(address: str) -> str:
    """What the command posted to a connection, as moto keeps it."""
    connections = apigatewaymanagementapi_backends[DEFAULT_ACCOUNT_ID][REGION].connections
    data: bytes = connections[quote(address)].data
    return data.decode()


START = (Path(__file__).parents[3] / "docs" / "start" / "aws.md").read_text(encoding="utf-8")


def test_the_lines_of_the_start_let_somebody_in(shell: Shell, chat: ChatDriver) -> None:
    agent, user, key = (
        line.split() for line in re.findall(r"^\.venv/bin/chat-admin (.+) --stack Chat$", START, re.MULTILINE)
    )
    assert "agents change echo" in shell.refused(*agent), "this chat has it already"
    shell.said(*user)
    assert chat.connect(auth={"token": shell.said(*key).strip()})


# Users


def test_a_user_is_signed_out_known_or_not(shell: Shell, chat: ChatDriver) -> None:
    assert shell.said("users", "sign-out", "alice") == "alice is signed out.\n"
    assert chat.directory.signed_out_s("alice") is not None
    assert shell.json("users", "sign-out", "~odd") == {"userId": "~odd", "known": False}
    assert "is the id right?" in shell.said("users", "sign-out", "nobody")
    assert "cannot be an id" in shell.refused("users", "sign-out", "a b")
    assert chat.connect("alice")  # by an API key


def test_a_user_is_created_listed_and_moved_to_another_plan(shell: Shell) -> None:
    assert shell.said("users", "create", "dora") == "dora is on the plan free.\n"
    assert shell.json("users", "move", "dora", "pro") == {
        "userId": "dora",
        "plan": "pro",
        "planExpiresAt": None,
    }
    assert "on the plan pro" in shell.refused("users", "create", "dora")
    assert "users list" in shell.refused("users", "move", "nobody", "pro")
    listed = {user["userId"]: user["plan"] for user in shell.json("users", "list")}
    assert listed == {"alice": "free", "bob": "pro", "carol": "enterprise", "dora": "pro"}
    assert [line.split()[:2] for line in shell.said("users", "list").splitlines()][:2] == [
        ["userId", "plan"],
        ["alice", "free"],
    ]


def test_a_user_that_moved_has_the_new_plan_from_the_next_connection_on(shell: Shell, chat: ChatDriver) -> None:
    shell.said("users", "move", "alice", "pro")
    assert len([chat.connect("alice") for _ in range(6)]) == 6


def test_a_plan_may_end_and_is_shown_with_its_end(shell: Shell, chat: ChatDriver) -> None:
    ends_ms = 1_830_211_200_000
    made = shell.json("users", "create", "dora", "--plan", "pro", "--plan-expires", "2027-12-31")
    assert made == {"userId": "dora", "plan": "pro", "planExpiresAt": ends_ms}
    assert shell.json("users", "show", "dora")["planExpiresAt"] == ends_ms
    assert "2027-12-31 00:00:00Z" in shell.said("users", "list")
    assert "until 2028-01-31" in shell.said("users", "move", "dora", "pro", "--plan-expires", "2028-01-31")
    for never in ((), ("--plan-expires", "never")):
        assert shell.json("users", "move", "dora", "pro", *never)["planExpiresAt"] is None
    assert "is not a date" in shell.refused("users", "move", "dora", "pro", "--plan-expires", "tomorrow")
    assert "users list" in shell.refused("users", "show", "nobody")


def test_a_plan_that_has_ended_is_the_free_one_from_the_next_connection_on(shell: Shell, chat: ChatDriver) -> None:
    shell.said("users", "move", "alice", "pro", "--plan-expires", "2024-01-01")
    for _ in range(5):
        chat.connect("alice")
    with pytest.raises(Refused):
        chat.connect("alice")


def test_a_user_needs_a_name_and_a_plan_that_can_be(shell: Shell) -> None:
    assert "cannot be an id" in shell.refused("users", "create", "a b")
    assert "enterprise, free, pro" in shell.refused("users", "create", "dora", "--plan", "golden")


def test_a_revoked_user_is_gone_and_may_not_connect(shell: Shell, chat: ChatDriver) -> None:
    assert shell.json("users", "revoke", "alice") == {"userId": "alice", "keys": 1}
    with pytest.raises(Refused) as caught:
        chat.connect("alice")
    assert caught.value.code == "unauthorized"
    assert "users list" in shell.refused("users", "revoke", "alice")
    assert "User alice does not exist" in shell.refused("keys", "create", "alice")


# Keys


def test_a_key_is_shown_once_and_opens_the_door(shell: Shell, chat: ChatDriver) -> None:
    key = shell.said("keys", "create", "alice").strip()
    assert key.startswith(KEY_PREFIX)
    assert chat.connect(auth={"token": key})
    listed = shell.said("keys", "list", "alice")
    assert digest(key)[:12] in listed
    assert key not in listed
    assert digest(key) not in listed


def test_a_revoked_key_is_refused_and_others_are_not(shell: Shell, chat: ChatDriver) -> None:
    made = shell.json("keys", "create", "alice")
    assert shell.json("keys", "revoke", "alice", made["fingerprint"])["fingerprint"] == made["fingerprint"]
    with pytest.raises(Refused) as caught:
        chat.connect(auth={"token": made["apiKey"]})
    assert caught.value.code == "unauthorized"
    assert chat.connect("alice")
    assert "keys list alice" in shell.refused("keys", "revoke", "alice", made["fingerprint"])
    assert len(shell.json("keys", "list", "alice")) == 1


def test_of_a_user_without_keys_the_list_is_empty(shell: Shell) -> None:
    assert shell.json("keys", "list", "nobody") == []
    assert shell.run("keys", "list", "nobody")[1:] == (
        "",
        "nobody has no keys. `chat-admin keys create nobody` makes one.\n",
    )


# Plans


def test_plans_are_those_of_the_contract_until_one_is_set(shell: Shell) -> None:
    free, pro = {"name": "free", "messages": 20, "burst": 5, "connections": 5}, 120
    plans = {plan["name"]: plan for plan in shell.json("plans", "list")}
    assert (plans["free"], plans["pro"]["messages"], len(plans)) == (free, pro, 3)
    assert shell.json("plans", "set", "free", "--burst", "7") == {**free, "burst": 7}
    assert shell.json("plans", "set", "golden", "--messages", "999")["connections"] == 5
    assert [plan["name"] for plan in shell.json("plans", "list")] == ["enterprise", "free", "golden", "pro"]
    assert "A plan must have" in shell.refused("plans", "set", "free", "--messages", "0")


def test_a_plan_holds_within_half_a_minute(shell: Shell, chat: ChatDriver) -> None:
    chat.connect("alice")
    shell.said("plans", "set", "free", "--connections", "2")
    chat.clock.advance(31)
    chat.connect("alice")
    with pytest.raises(Refused):
        chat.connect("alice")


# Agents


def test_an_agent_is_created_changed_and_listed(shell: Shell, chat: ChatDriver) -> None:
    shell.said("agents", "create", "parrot", "--name", "Polly", "--provider", "echo", "--chunk-size", "1")
    changed = shell.json("agents", "change", "parrot", "--chunk-delay-ms", "0")
    assert changed == {
        "agentId": "parrot",
        "name": "Polly",
        "provider": "echo",
        "chunkSize": 1,
        "chunkDelayMs": 0,
        "model": None,
        "told": 0,
    }
    assert [agent["agentId"] for agent in shell.json("agents", "list")] == ["companion", "echo", "parrot"]
    assert chat.connect("alice").emit("chat:message", {"agentId": "parrot", "message": "hi"})["ok"]


def test_a_function_may_be_a_provider(shell: Shell) -> None:
    assert shell.json("agents", "create", "mine", "--provider", "my.agents:greet")["provider"] == "my.agents:greet"


def test_a_changed_agent_is_told_to_those_who_subscribed(shell: Shell, chat: ChatDriver) -> None:
    client = chat.connect("alice")
    sid = json.loads(client.frames[1].removeprefix("40"))["sid"]
    store = chat.function(chat.settings).server.manager.store
    store.rooms.enter(Member(sid, client.address), "agent:echo", frame_order(chat.clock.now_ms()))
    assert shell.json("agents", "change", "echo", "--name", "Eco")["told"] == 1
    event, payload = json.loads(posted(client.address).removeprefix("42"))
    assert payload.pop("timestamp") == pytest.approx(time.time() * 1000, abs=60_000)
    assert (event, payload) == ("agent:updated", {"agentId": "echo", "name": "Eco", "status": "available"})


def test_the_model_behind_an_agent_is_given_setting_by_setting(shell: Shell, chat: ChatDriver) -> None:
    model = ("--model", "name=llama3.2", "--model", "url=http://localhost:11434/v1")
    made = shell.json("agents", "create", "llama", "--provider", "openai", *model, "--model", "temperature=0.5")
    assert made["model"] == {
        **asdict(Model()),
        "name": "llama3.2",
        "url": "http://localhost:11434/v1",
        "temperature": 0.5,
    }
    changed = shell.json("agents", "change", "llama", "--model", "feels=true", "--model", "temperature=")["model"]
    assert (changed["name"], changed["feels"], changed["temperature"]) == ("llama3.2", True, None)
    assert "is not a setting" in shell.refused("agents", "change", "llama", "--model", "wings=2")
    assert "cannot be 'warm'" in shell.refused("agents", "change", "llama", "--model", "temperature=warm")
    assert "endpoint is https" in shell.refused("agents", "change", "llama", "--model", "url=ftp://localhost")


def test_every_setting_of_a_model_can_be_given() -> None:
    assert READERS.keys() == Model.__dataclass_fields__.keys()


def test_an_agent_that_cannot_be_is_refused(shell: Shell) -> None:
    assert "agents change echo" in shell.refused("agents", "create", "echo")
    assert "agents list" in shell.refused("agents", "change", "nobody", "--name", "N")
    assert "--provider" in shell.refused("agents", "create", "parrot")
    assert "package.module:function" in shell.refused("agents", "create", "parrot", "--provider", "my.parrot:")
    assert "at most 60 s" in shell.refused("agents", "change", "echo", "--chunk-delay-ms", "60001")


# Emitting and looking


def test_an_event_goes_to_those_in_the_room(shell: Shell, chat: ChatDriver) -> None:
    for user in ("alice", "alice", "bob"):
        chat.connect(user)
    assert shell.json("emit", "news", '{"title": "Hi"}', "--room", "user:alice")["sockets"] == 2
    assert shell.json("emit", "news", "null", "--room=global")["sockets"] == 3
    assert "to 0 sockets in user:nobody" in shell.said("emit", "news", "1", "--room", "user:nobody")


def test_an_event_that_cannot_be_sent_is_refused(shell: Shell) -> None:
    assert "not valid JSON" in shell.refused("emit", "news", "Hi", "--room", "global")
    assert "disconnect" in shell.refused("emit", "disconnect", "1", "--room", "global")


def test_a_connection_is_shown_without_anything_secret(shell: Shell, chat: ChatDriver) -> None:
    client = chat.connect("alice")
    client.emit("chat:join", {"agentId": "echo"})
    shown = shell.json("show", "connection", client.address)
    assert (shown["userId"], shown["plan"], shown["form"]) == ("alice", "free", "socketio")
    assert sorted(shown["rooms"]) == ["chat:echo:alice", "user:alice"]
    text = shell.said("show", "connection", client.address)
    sid = json.loads(client.frames[1].removeprefix("40"))["sid"]
    assert sid not in text
    assert digest("key-of-alice") not in text
    assert "has ended" in shell.refused("show", "connection", "nobody=")


def test_presence_is_shown_as_announced_and_by_device(shell: Shell, chat: ChatDriver) -> None:
    chat.connect("alice").emit("presence:away", {})
    gone = chat.connect("alice")
    gone.close()
    shown = shell.json("show", "presence", "alice")
    assert (shown["status"], [device["status"] for device in shown["devices"]]) == ("online", ["away"])
    assert shown["inTheirGrace"] == ["online"]
    assert "never been online" in shell.refused("show", "presence", "bob")


def test_an_answer_and_its_chat_are_shown_without_their_texts(shell: Shell, chat: ChatDriver) -> None:
    ack = chat.connect("alice").emit("chat:message", {"agentId": "echo", "message": "top secret"})
    assert shell.json("show", "chat", "alice", "echo")["running"] == ack["replyId"]
    chat.answer()
    stream = shell.json("show", "stream", ack["replyId"])
    assert (stream["phase"], stream["finish_reason"]) == ("ended", "stop")
    shown = shell.json("show", "chat", "alice", "echo")
    assert [line["messageId"] for line in shown["newest"]] == [ack["replyId"], ack["messageId"]]
    assert (shown["running"], shown["relationLevel"]) == (None, 1)
    assert "top secret" not in shell.said("show", "chat", "alice", "echo")
    assert "two days" in shell.refused("show", "stream", "nothing")
    assert "have not talked" in shell.refused("show", "chat", "bob", "echo")


# Where


def test_without_a_deployment_the_command_says_how_to_name_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["users", "list"])
    assert done.exit_code == 1
    assert "make run" in done.stderr
    assert "--stack" in done.stderr


@pytest.mark.parametrize("text", ["{}", "[]", "nonsense", '{"resources": {}}'])
def test_a_file_that_describes_no_deployment_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "outputs.json").write_text(text)
    assert "neither of" in Shell(tmp_path / "outputs.json").refused("users", "list")


def test_a_file_that_is_not_there_or_one_too_many_is_refused(tmp_path: Path) -> None:
    assert "does not exist" in Shell(tmp_path / "nothing.json").refused("users", "list")
    assert "not both" in Shell(tmp_path / "nothing.json").refused("users", "list", "--stack", "Chat")


def test_a_deployment_that_does_not_answer_is_one_line(shell: Shell, tmp_path: Path) -> None:
    outputs = json.loads(shell.outputs.read_text())
    outputs["Chat"]["TableConversations"] = "gone"
    shell.outputs.write_text(json.dumps(outputs))
    assert "Is the deployment running" in shell.refused("users", "list")


def test_the_common_options_may_stand_anywhere() -> None:
    assert hoisted(["users", "list", "--json", "--stack", "Chat"]) == ["--json", "--stack", "Chat", "users", "list"]
    assert hoisted(["emit", "e", "--outputs=f", "--", "--json"]) == ["--outputs=f", "emit", "e", "--", "--json"]
