"""The three incidents of docs/operations.md, found and mended by its steps alone: alarms, `/_local/`, commands."""

import json
import re
import shlex
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from local.ports import bind, number
from serverless_socketio_chat.agents.model import Model
from tests.e2e import aws_side
from tests.e2e.answers import COMPLETE, of, say
from tests.e2e.conftest import Stack, World, stack_in, world_of
from tests.e2e.pushing import send, subscriber
from tests.e2e.test_admin import Admin
from tests.model_server import model_server
from tests.processes import ROOT
from tests.push_service import PushService, Step, push_service

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600), pytest.mark.skipif("os.environ.get('E2E_OUTPUTS')")]

RUNBOOK = ROOT / "docs" / "operations.md"
WITHIN_S = 120  # what takes some seconds, on a machine that has other things to do
AGENT = "sage"


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack that does not wait for a model for long."""
    with stack_in(tmp_path_factory.mktemp("incidents"), {"MODEL_FIRST_MS": "1500"}) as made:
        yield made


@pytest.fixture(scope="module")
def incident_world(stack: Stack) -> Iterator[World]:
    with world_of(stack) as world:
        yield world


@pytest.fixture(scope="module")
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


@dataclass
class Operator:
    """Somebody with the runbook, `/_local/` and a shell.

    Attributes:
        left: Commands of the incident's section that were not run yet, in order.
    """

    stack: Stack
    admin: Admin
    left: list[str] = field(default_factory=list)

    def open(self, incident: str) -> None:
        """Turn to an incident's section."""
        part = RUNBOOK.read_text(encoding="utf-8").partition(f"\n### {incident}\n")[2].partition("\n### ")[0]
        blocks = re.findall(r"```sh\n(.+?)```", part, re.DOTALL)
        self.left = [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
        assert self.left

    def run(self, **values: str) -> Any:
        """Run the next command as it stands there, with the names filled in; what it prints, as JSON."""
        command = self.left.pop(0)
        words = shlex.split(re.sub(r"\$([A-Z_]+)", lambda name: values[name[1]], command))
        if words[0] == "chat-admin":
            return self.admin.json(*words[1:])
        assert words[0] == "aws"
        return self._aws(*words[1:])

    def _aws(self, service: str, operation: str, *options: str) -> Any:
        """What the AWS CLI would call."""
        named = dict(zip(options[::2], options[1::2], strict=True))
        given = {"".join(map(str.title, name.strip("-").split("-"))): value for name, value in named.items()}
        client = aws_side.client(self.stack, service)
        return getattr(client, operation.replace("-", "_"))(**given)

    def look(self) -> dict[str, Any]:
        """Look at `/_local/`."""
        with urllib.request.urlopen(f"{self.stack.url}/_local/state.json", timeout=60) as answer:  # noqa: S310 - ours
            found: dict[str, Any] = json.load(answer)
            return found

    def alarms(self) -> set[str]:
        """Which alarms go, by the names that the runbook has."""
        names = [each["name"] for each in self.look()["alarms"] if each["goes"]]
        return {name[1] for each in names if (name := re.search(r"-Alarms([A-Za-z]+?)[0-9A-F]{8}-", each))}

    def until(self, is_so: Callable[[], object]) -> None:
        """Look again and again."""
        deadline = time.monotonic() + WITHIN_S
        while not is_so():
            assert time.monotonic() < deadline, self.look()["alarms"][:5]
            time.sleep(0.2)


@pytest.fixture
def operator(stack: Stack, tmp_path: Path) -> Operator:
    file = tmp_path / "outputs.json"
    file.write_text(json.dumps(stack.outputs))
    return Operator(stack, Admin(("--outputs", str(file)), {}))


def end_of(world: World, user_id: str, text: str, agent_id: str) -> str:
    """Have an answer, and how it ended."""
    device = world.connect(user_id)
    complete = device.wait_for(COMPLETE, of(say(device, text, agent_id)["replyId"]), within_s=WITHIN_S).body
    device.close()
    return str(complete["finishReason"])


def test_a_provider_that_is_down_is_found_and_replaced(operator: Operator, incident_world: World) -> None:
    world, free = incident_world, bind(0)
    nobody = f"http://127.0.0.1:{number(free)}/v1"
    for each in free:
        each.close()  # nothing listens there any more
    aws_side.directory(world.stack).put_agent(AGENT, "Sage", provider="openai", model=Model("some-model", nobody))
    users = world.crowd[:3]
    assert [end_of(world, user, "hello", AGENT) for user in users] == ["error"] * 3

    operator.open("A provider is down")
    operator.until(lambda: {"ModelFailures", "AnswersFailed"} <= operator.alarms())
    said = [json.loads(line["says"]) for line in operator.look()["lines"]]
    assert {(line["agent"], line["failure"]) for line in said if "ModelFailures" in line} == {(AGENT, "down")}
    assert AGENT in json.dumps(operator.run())
    with model_server() as server:
        operator.run(AGENT=AGENT, URL=server.url)
        operator.until(lambda: end_of(world, users[0], "hello again", AGENT) == "stop")
    assert operator.left == []


def test_a_poisoned_push_queue_is_found_and_mended(
    operator: Operator, incident_world: World, service: PushService
) -> None:
    world, user = incident_world, incident_world.crowd[4]
    poison = json.dumps({"this": "was never a notification"})
    aws_side.client(world.stack, "sqs").send_message(
        QueueUrl=aws_side.queue_url(world.stack, "push"), MessageBody=poison
    )
    with subscriber(world, service, user, Step(403)) as reader:
        reader.leave()
        send(world.stack, user, body="what nobody has read yet")

        operator.open("A poisoned push queue")
        operator.until(lambda: "PushDead" in operator.alarms() and letters(operator) == 2)
        dead = json.dumps(operator.run())
        assert "invalid" in dead
        assert "refused" in dead
        operator.run()  # the service takes it now
        (shown,) = reader.browser.wait()
        assert shown["body"] == "what nobody has read yet"
        left = json.dumps(operator.run())
        assert "invalid" in left
        assert "refused" not in left
        operator.run(PUSH_DEAD=aws_side.queue_url(world.stack, "pushDead"))
        operator.until(lambda: letters(operator) == 0)
    assert operator.left == []


def letters(operator: Operator) -> int:
    """How many dead letters of web push `/_local/` shows."""
    (queue,) = [each for each in operator.look()["queues"] if each["name"] == "pushDead"]
    return int(queue["messages"])


def test_a_stuck_stream_is_found_and_goes_on(operator: Operator, incident_world: World) -> None:
    world = incident_world
    streamer = world.stack.resource("functions", "streamer")
    device = world.connect(world.crowd[5])
    aws_side.client(world.stack, "lambda").put_function_concurrency(
        FunctionName=streamer, ReservedConcurrentExecutions=0
    )
    reply = str(say(device, "an answer without a writer", "echo")["replyId"])

    operator.open("A stuck stream")
    operator.until(lambda: {"StreamerThrottles", "AnswersStuck"} <= operator.alarms())
    (shown,) = [each for each in operator.look()["answers"] if each["replyId"] == reply]
    assert shown["phase"] == "live"
    assert shown["tries"] >= 1
    assert operator.run(REPLY=reply)["phase"] == "live"
    assert operator.run(STREAMER=streamer)["ReservedConcurrentExecutions"] == 0
    operator.run(STREAMER=streamer)
    complete = device.wait_for(COMPLETE, of(reply), within_s=WITHIN_S).body
    assert (complete["finishReason"], complete["message"]) == ("stop", "an answer without a writer")
    (shown,) = [each for each in operator.look()["answers"] if each["replyId"] == reply]
    assert (shown["phase"], shown["finishReason"]) == ("ended", "stop")
    assert operator.left == []
