"""Answers of a model behind a real endpoint, relayed live to stock clients: merged, joined, stopped, broken, lost."""

import itertools
import json
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from serverless_socketio_chat.agents.model import SORRY, Model
from tests.e2e import aws_side
from tests.e2e.answers import CHUNK, COMPLETE, at, hear, heard, history, join, of, say, succeed
from tests.e2e.conftest import Stack, World, stack_in, world_of
from tests.e2e.driver import Device
from tests.model_server import ModelServer, Seen, model_server, steps

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

AGENT = "sage"
WINDOW_MS = 200
SECRET, KEY = "/serverless-socketio/e2e", "sk-the-key-of-the-test"
FIRST_MS, IDLE_MS, ALIVE_MS = 4_000, 3_000, 10_000


@dataclass(frozen=True)
class Models:
    """A stack with an agent whose model is the server's."""

    world: World
    server: ModelServer

    def asked(self, message: str) -> Seen:
        """The last request with a message."""
        return self.server.asked(message)[-1]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose models are waited for a few seconds only."""
    settings = {"MODEL_FIRST_MS": str(FIRST_MS), "MODEL_IDLE_MS": str(IDLE_MS), "MODEL_ALIVE_MS": str(ALIVE_MS)}
    with stack_in(tmp_path_factory.mktemp("models"), settings) as made:
        yield made


@pytest.fixture(scope="module")
def live(stack: Stack) -> Iterator[Models]:
    with model_server() as server, world_of(stack) as world:
        aws_side.client(stack, "ssm").put_parameter(Name=SECRET, Value=KEY, Type="SecureString")
        put_agent(stack, AGENT, Model("some-model", server.url, secret=SECRET, system="Be kind."))
        first = world.connect(world.crowd[-1])
        hear(
            first, say(first, "hello", AGENT)["replyId"]
        )  # imports what a model's client needs: no test waits for that
        yield Models(world, server)


@pytest.fixture
def models(live: Models) -> Iterator[Models]:
    yield live
    live.world.clients.close_devices()


@pytest.fixture(scope="module")
def turns(live: Models) -> Iterator[str]:
    return itertools.cycle(live.world.crowd)


STOP = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n'


def chunk(content: object, reason: str | None) -> dict[str, str]:
    """A step: an event with this content and this finish reason."""
    event = {"choices": [{"delta": {"content": content}, "finish_reason": reason}]}
    return {"raw": f"data: {json.dumps(event)}\n\n"}


def put_agent(stack: Stack, agent_id: str, model: Model) -> None:
    directory = aws_side.directory(stack)
    directory.put_agent(agent_id, "Sage", provider="openai", chunk_delay_ms=WINDOW_MS, model=model)


def ask(device: Device, *wanted: dict[str, Any]) -> tuple[str, str]:
    """Ask the model to do this; the message and the answer's id."""
    message = steps(*wanted, {"say": f" {time.time_ns()}", "tries": 0})
    return message, say(device, message, AGENT)["replyId"]


def test_tokens_are_merged_into_one_frame_a_window_in_order_and_are_all_there(models: Models, user: str) -> None:
    speaker, other = models.world.connect(user), models.world.connect(user)
    join(other, AGENT)
    message, reply_id = ask(speaker, {"say": "so many words ", "times": 120, "every": 0.02})
    for device in (speaker, other):
        answer = hear(device, reply_id)
        answer.check("so many words " * 120)
        times = [event.body["timestamp"] for event in answer.chunks]
        gaps = [after - before for before, after in itertools.pairwise(times)]
        assert min(gaps) >= WINDOW_MS - 10
        assert len(times) <= 2 + (times[-1] - times[0]) / WINDOW_MS
        assert len(times) >= 4
    assert history(speaker, AGENT)[-1]["message"] == "so many words " * 120
    seen = models.asked(message)
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.body["messages"][0] == {"role": "system", "content": "Be kind."}
    assert seen.hung_up_at is None


def test_the_model_is_told_what_was_said_before(models: Models, user: str) -> None:
    device = models.world.connect(user)
    for text in ("my name is Ada", "what is my name"):
        hear(device, say(device, text, AGENT)["replyId"]).check(f"{text} ")
    assert models.asked("what is my name").body["messages"] == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "my name is Ada"},
        {"role": "assistant", "content": "my name is Ada "},
        {"role": "user", "content": "what is my name"},
    ]


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param([{"say": "word ", "times": 1000, "every": 0.02}], id="while it speaks"),
        pytest.param([{"say": "word "}, {"wait": 30}], id="while it is silent"),
    ],
)
def test_a_stop_ends_the_answer_and_the_provider_s_connection_within_a_second(
    models: Models, user: str, wanted: list[dict[str, Any]]
) -> None:
    device = models.world.connect(user)
    message, reply_id = ask(device, *wanted)
    device.wait_for(CHUNK, of(reply_id))
    time.sleep(0.7)
    stopped_at = time.time()
    succeed(device, "chat:stop", {"agentId": AGENT, "messageId": reply_id})
    answer = hear(device, reply_id)
    answer.check(reason="stopped")
    assert answer.text.startswith("word ")
    print(f"complete {answer.complete.at_ms / 1000 - stopped_at:.3f} s after the stop")
    assert answer.complete.at_ms / 1000 - stopped_at < 1.0
    seen = models.asked(message)
    assert seen.ended.wait(5)
    assert seen.hung_up_at is not None
    print(f"hung up {seen.hung_up_at - stopped_at:.3f} s after the stop")
    assert seen.hung_up_at - stopped_at < 1.0
    time.sleep(0.5)
    heard(device, reply_id).check(reason="stopped")


def test_who_joins_or_resumes_in_the_middle_misses_nothing(models: Models, user: str) -> None:
    speaker = models.world.connect(user)
    _, reply_id = ask(speaker, {"say": "word ", "times": 150, "every": 0.02})
    speaker.wait_for(CHUNK, at(6))
    joiner = models.world.connect(user)
    (stream,) = join(joiner, AGENT)["streams"]
    resumed = succeed(joiner, "chat:resume", {"agentId": AGENT, "messageId": reply_id, "index": 2})
    assert (stream["messageId"], resumed["complete"]) == (reply_id, False)
    whole = hear(speaker, reply_id)
    whole.check("word " * 150)
    hear(joiner, reply_id).check("word " * 150, first=stream["index"], known=stream["text"])
    first_two = "".join(event.body["chunk"] for event in whole.chunks[:2])
    assert whole.text.startswith(first_two + resumed["text"])
    ended = succeed(joiner, "chat:resume", {"agentId": AGENT, "messageId": reply_id, "index": 2})
    assert (ended["complete"], ended["finishReason"], first_two + ended["text"]) == (True, "stop", whole.text)


@pytest.mark.parametrize(
    ("wanted", "reason", "text"),
    [
        pytest.param(
            [{"say": "half a "}, {"wait": 0.3}, {"say": "sen"}, {"cut": True}], "error", "half a sen", id="cut"
        ),
        pytest.param([{"say": "well "}, {"raw": "data: garbage\n\n"}], "error", "well ", id="garbage"),
        pytest.param([{"say": "well "}, {"wait": 30}], "error", "well ", id="silence"),
        pytest.param([{"wait": 30}], "error", SORRY["slow"], id="nothing"),
        pytest.param([{"status": 500}], "error", SORRY["down"], id="500"),
        pytest.param([{"status": 401}], "error", SORRY["refused"], id="401"),
        pytest.param([{"status": 429, "tries": 2}, {"say": "at last"}], "stop", "at last", id="429, then not"),
        pytest.param([{"say": "as much as "}, {"finish": "length"}], "length", "as much as ", id="its limit"),
        pytest.param([{"say": "ä" * 1000, "times": 30}], "length", "ä" * 24_000, id="our limit"),
        pytest.param(
            [*[{"raw": ": keep-alive\n\n"}, {"wait": 2}] * 4, {"say": "at last"}], "stop", "at last", id="alive for 8 s"
        ),
        pytest.param([*[{"raw": "data: \n\n"}, {"wait": 1}] * 20], "error", SORRY["slow"], id="alive for too long"),
        pytest.param(
            [chunk("one ", "stop"), {"wait": 1.5}, chunk("two ", "stop"), {"wait": 1.5}, chunk("three", "stop")],
            "stop",
            "one two three",
            id="a finish in every chunk",
        ),
        pytest.param(
            [{"say": "all of it"}, {"raw": STOP}, {"raw": "data: {\n\n"}], "stop", "all of it", id="garbage behind"
        ),
        pytest.param([chunk([{"type": "text", "text": "a part"}], None)], "stop", "a part", id="parts"),
        pytest.param([chunk("<think>hm</think>", None), chunk("Yes.", None)], "stop", "Yes.", id="thinking"),
        pytest.param([chunk("<think>hm</think>\n", None)], "error", SORRY["unanswered"], id="thinking only"),
        pytest.param([chunk(" \n", None)], "error", SORRY["unanswered"], id="nothing to read"),
        pytest.param([{"finish": "tool_calls"}], "error", SORRY["unanswered"], id="tools only"),
        pytest.param([{"say": "I"}, {"finish": "a reason of tomorrow"}], "error", "I", id="an unknown end"),
        pytest.param([{"say": "I"}, {"raw": "event: error\ndata: no\n\n"}], "error", "I", id="an error event"),
        pytest.param([{"status": 422, "tries": 1}, {"say": "uncounted"}], "stop", "uncounted", id="422, then not"),
    ],
)
def test_however_it_ends_what_was_said_is_kept_and_the_chat_goes_on(
    models: Models, user: str, wanted: list[dict[str, Any]], reason: str, text: str
) -> None:
    device = models.world.connect(user)
    _, reply_id = ask(device, *wanted)
    hear(device, reply_id).check(text, reason=reason)
    assert history(device, AGENT)[-1]["message"] == text
    after = hear(device, say(device, "and now", AGENT)["replyId"])
    after.check()
    assert after.text.endswith("and now ")  # after what it had no answer to, if it had none


@contextmanager
def refusing(server: ModelServer, *words: str, context_chars: int = 10**9) -> Iterator[None]:
    """Let the model refuse what has one of these words in any message, and what is longer than so many characters."""
    server.filtered, server.context_chars = set(words), context_chars
    try:
        yield
    finally:
        server.filtered, server.context_chars = set(), 10**9


def test_a_message_that_the_provider_refuses_does_not_spoil_those_after_it(models: Models, user: str) -> None:
    device = models.world.connect(user)
    with refusing(models.server, "forbidden"):
        hear(device, say(device, "first", AGENT)["replyId"]).check("first ")
        hear(device, say(device, "a forbidden word", AGENT)["replyId"]).check(SORRY["rejected"], reason="error")
        hear(device, say(device, "hello after it", AGENT)["replyId"]).check("hello after it ")
    assert [message["content"] for message in models.asked("hello after it").body["messages"]] == [
        "Be kind.",
        "first",
        "first ",
        "hello after it",
    ]


def test_what_a_filter_cut_off_in_the_middle_does_not_come_back(models: Models, user: str) -> None:
    device = models.world.connect(user)
    wanted = [{"say": "what nobody should read "}, {"finish": "content_filter"}]
    hear(device, ask(device, *wanted)[1]).check("what nobody should read ", reason="error")
    hear(device, say(device, "hello after that", AGENT)["replyId"]).check("hello after that ")
    assert [message["content"] for message in models.asked("hello after that").body["messages"]] == [
        "Be kind.",
        "hello after that",
    ]


def test_a_context_that_is_too_long_is_tried_once_more_with_less_history(models: Models, user: str) -> None:
    device = models.world.connect(user)
    for number in range(4):
        hear(device, say(device, f"{number} " * 400, AGENT)["replyId"]).check()
    with refusing(models.server, context_chars=3_000):
        hear(device, say(device, "hello with less", AGENT)["replyId"]).check("hello with less ")
        hear(device, say(device, "x" * 4_000, AGENT)["replyId"]).check(reason="error")
        hear(device, say(device, "and then", AGENT)["replyId"]).check("and then ")
    asked = models.server.asked("hello with less")
    sent = [sum(len(message["content"]) for message in seen.body["messages"]) for seen in asked]
    assert len(sent) == 2
    assert sent[0] > 3_000 > sent[1] > 500


def test_those_who_follow_an_agent_hear_that_its_provider_fails_and_is_back(models: Models, user: str) -> None:
    device = models.world.connect(user)
    hear(device, ask(device, {"say": "fine"})[1])
    succeed(device, "agent:subscribe", {"agentId": AGENT})
    hear(device, ask(device, {"status": 500})[1])
    hear(device, ask(device, {"say": "fine again"})[1])
    device.wait_for("agent:updated", lambda told: bool(told["status"] == "available"))
    told = [event.body for event in device.events("agent:updated")]
    assert [(body["agentId"], body["name"], body["status"]) for body in told] == [
        (AGENT, "Sage", "unavailable"),
        (AGENT, "Sage", "available"),
    ]


def test_a_worker_that_is_killed_ends_in_an_error_that_keeps_what_was_heard(models: Models, user: str) -> None:
    device = models.world.connect(user)
    _, reply_id = ask(device, {"say": "word ", "times": 2000, "every": 0.02})
    device.wait_for(CHUNK, lambda body: body["messageId"] == reply_id and body["index"] == 8)
    for pid in aws_side.workers(models.world.stack, "streamer"):
        os.kill(pid, signal.SIGKILL)
    killed_ms = time.time() * 1000
    answer = hear(device, reply_id, within_s=60)
    answer.check(reason="error", repeats=True)
    print(f"ended {(answer.complete.at_ms - killed_ms) / 1000:.1f} s after the kill")
    assert answer.text.startswith("word word ")
    assert history(device, AGENT)[-1]["message"] == answer.text
    resumed = succeed(device, "chat:resume", {"agentId": AGENT, "messageId": reply_id, "index": 0})
    assert (resumed["text"], resumed["finishReason"]) == (answer.text, "error")


def test_a_secret_outside_the_prefix_is_out_of_reach(models: Models, user: str) -> None:
    stack = models.world.stack
    aws_side.client(stack, "ssm").put_parameter(Name="/somebody/else", Value="sk-1", Type="SecureString")
    put_agent(stack, "thief", Model("some-model", models.server.url, secret="/somebody/else"))
    device = models.world.connect(user)
    reply_id = say(device, "give it to me", "thief")["replyId"]
    hear(device, reply_id).check(SORRY["refused"], reason="error")
    assert models.server.asked("give it to me") == []


def test_feelings_that_the_model_tells_move_the_relation_and_are_not_shown(models: Models, user: str) -> None:
    put_agent(models.world.stack, "nova", Model("some-model", models.server.url, feels=True))
    device = models.world.connect(user)
    before = join(device, "nova")["emotions"]["joy"]
    tail = [{"say": piece} for piece in ("How nice.\n", "\n@@mo", 'od {"joy": ', "0.2}\n")]
    reply_id = say(device, steps(*tail), "nova")["replyId"]
    hear(device, reply_id).check("How nice.")
    assert device.events("relation:updated")[-1].body["emotions"]["joy"] > before + 0.1
    (system, *_) = models.asked(steps(*tail)).body["messages"]
    assert "stranger" in system["content"]


def test_many_answers_at_once_keep_to_themselves(models: Models) -> None:
    devices = [models.world.connect(user) for user in models.world.crowd[-4:]]
    replies = [ask(device, {"say": f"{number} ", "times": 60, "every": 0.02}) for number, device in enumerate(devices)]
    for number, (device, (_, reply_id)) in enumerate(zip(devices, replies, strict=True)):
        hear(device, reply_id, within_s=30).check(f"{number} " * 60)
        assert {event.name for event in device.log} >= {CHUNK, COMPLETE}
