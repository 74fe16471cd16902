"""`chat-admin`, the command itself, against the deployed stack."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.answers import hear, say, succeed
from tests.e2e.conftest import Stack, World
from tests.e2e.driver import Device
from tests.processes import ROOT

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

COMMAND = Path(sys.executable).with_name("chat-admin")
REVOKED_WITHIN_S = 60


@dataclass(frozen=True)
class Admin:
    """A shell in which `chat-admin` is about one deployment."""

    options: tuple[str, ...]
    environment: Mapping[str, str]

    def run(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run the command."""
        return subprocess.run(
            [str(COMMAND), *words, *self.options],
            cwd=ROOT,
            env={**os.environ, **self.environment},
            capture_output=True,
            text=True,
            check=False,
        )

    def json(self, *words: str) -> Any:
        """Run the command, which must succeed; returns what it prints for scripts."""
        done = self.run(*words, "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture(scope="module")
def admin(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Admin:
    file = tmp_path_factory.mktemp("admin") / "outputs.json"
    file.write_text(json.dumps(stack.outputs))
    return Admin(("--outputs", str(file)), {})


@pytest.fixture(params=["dora", "-dora"])
def dora(admin: Admin, request: pytest.FixtureRequest) -> Iterator[str]:
    """A user made by the command, and gone after the test."""
    user_id = f"{request.param}{time.time_ns()}"
    admin.json("users", "create", user_id, "--plan", "enterprise")
    yield user_id
    admin.run("users", "revoke", user_id)


def open_with(world: World, key: str) -> Device:
    """Open a stock client with a key."""
    return world.clients.open(world.stack.url, path=world.stack.socket_path, auth={"token": key})


def test_the_demo_is_listed(admin: Admin) -> None:
    users = {user["userId"]: user["plan"] for user in admin.json("users", "list")}
    assert (users["alice"], users["bob"], users["carol"]) == ("free", "pro", "enterprise")
    assert {"echo", "companion"} <= {agent["agentId"] for agent in admin.json("agents", "list")}
    assert {"free", "pro", "enterprise"} <= {plan["name"] for plan in admin.json("plans", "list")}


def test_a_key_opens_the_door_until_it_is_revoked(world: World, admin: Admin, dora: str) -> None:
    made = admin.json("keys", "create", dora)
    assert [key["fingerprint"] for key in admin.json("keys", "list", dora)] == [made["fingerprint"]]
    device = open_with(world, made["apiKey"])
    device.wait_for("connect")
    hear(device, say(device, "hi")["replyId"])
    admin.json("keys", "revoke", dora, made["fingerprint"])
    device.wait_for("disconnect", within_s=REVOKED_WITHIN_S)
    assert open_with(world, made["apiKey"]).wait_for("connect_error").body["data"]["code"] == "unauthorized"


def test_an_event_reaches_the_devices_of_a_user(world: World, admin: Admin, user: str) -> None:
    devices, other = [world.connect(user), world.connect(user)], world.connect("bob")
    assert admin.json("emit", "news", '{"title": "Grüße"}', "--room", f"user:{user}")["sockets"] == 2
    for device in devices:
        assert device.wait_for("news").body == {"title": "Grüße"}
    assert not other.events("news")


def test_a_new_agent_answers_under_its_new_name(world: World, admin: Admin, user: str) -> None:
    agent = f"parrot{time.time_ns()}"
    admin.json("agents", "create", agent, "--provider", "echo", "--chunk-size", "1", "--chunk-delay-ms", "0")
    assert admin.json("agents", "change", agent, "--name", "Polly")["name"] == "Polly"
    device = world.connect(user)
    answer = hear(device, say(device, "one two three", agent)["replyId"])
    assert len(answer.chunks) == 3


def test_those_who_follow_an_agent_hear_of_a_change(world: World, admin: Admin, user: str) -> None:
    agent = f"parrot{time.time_ns()}"
    admin.json("agents", "create", agent, "--provider", "echo")
    follower, other = world.connect(user), world.connect(user)
    assert succeed(follower, "agent:subscribe", {"agentId": agent})["room"] == f"agent:{agent}"
    assert admin.json("agents", "change", agent, "--name", "Polly")["told"] == 1
    body = follower.wait_for("agent:updated").body
    assert {**body, "timestamp": 0} == {"agentId": agent, "name": "Polly", "status": "available", "timestamp": 0}
    assert not other.events("agent:updated")


def test_what_goes_on_is_shown(world: World, admin: Admin, user: str) -> None:
    device = world.connect(user)
    reply_id = say(device, "something private")["replyId"]
    hear(device, reply_id)
    assert admin.json("show", "stream", reply_id)["finish_reason"] == "stop"
    shown = admin.json("show", "chat", user, "echo")
    assert shown["newest"][0]["messageId"] == reply_id
    sid = str(device.events("connect")[0].body)
    connection = admin.json("show", "connection", sid[22:])  # a sid ends in the address it was born on
    assert (connection["userId"], f"chat:echo:{user}" in connection["rooms"]) == (user, True)
    succeed(device, "chat:leave", {"agentId": "echo"})


def test_a_mistake_is_one_line_on_standard_error(admin: Admin) -> None:
    done = admin.run("keys", "create", "nobody")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("chat-admin: User nobody does not exist.")
    assert done.stderr.count("\n") == 1


def test_a_stack_is_found_by_its_name_with_the_shells_credentials(stack: Stack) -> None:
    if stack.run is None:
        pytest.skip("needs the engine behind the stack")
    shell = {
        "AWS_ENDPOINT_URL": str(stack.outputs["engineUrl"]),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": str(stack.outputs["region"]),
    }
    admin = Admin(("--stack", "Chat", "--region", shell["AWS_REGION"]), shell)
    assert "alice" in {user["userId"] for user in admin.json("users", "list")}
    missing = Admin(("--stack", "Nothing", "--region", shell["AWS_REGION"]), shell).run("users", "list")
    assert missing.returncode == 1
    assert missing.stderr.count("\n") == 1
