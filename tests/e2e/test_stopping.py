"""Stop at every moment of an answer: it ends within a second, and what was said is kept."""

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.e2e import aws_side
from tests.e2e.answers import CHUNK, Answer, at, hear, heard, history, join, of, say, succeed, words
from tests.e2e.conftest import World
from tests.e2e.driver import Device

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

TEXT = words(30)
MOMENTS = 20
STEP_S = 0.04
SIDE_BY_SIDE = 5
STOP_MS = 1_000


def stop(device: Device, reply_id: str, agent_id: str = "echo") -> float:
    """Stop an answer; returns when it was asked for, in milliseconds."""
    asked_ms = time.time() * 1000
    succeed(device, "chat:stop", {"agentId": agent_id, "messageId": reply_id})
    return asked_ms


def check_stopped(answer: Answer, text: str, asked_ms: float) -> None:
    """Fail unless an answer ended in time: with what was said so far, or whole because it was over already."""
    reason = answer.complete.body["finishReason"]
    assert reason in {"stopped", "stop"}
    assert reason == "stopped" or answer.text == text
    answer.check(reason=reason)
    assert text.startswith(answer.text)
    assert answer.complete.at_ms - asked_ms < STOP_MS


def stop_after(world: World, user_id: str, number: int) -> tuple[str, float]:
    """Stop an answer so many steps after its ack, every other time from another device."""
    speaker, other = world.connect(user_id), world.connect(user_id)
    join(other)
    reply_id = say(speaker, TEXT)["replyId"]
    time.sleep(number * STEP_S)
    asked_ms = stop(other if number % 2 else speaker, reply_id)
    for device in (speaker, other):
        hear(device, reply_id)
    time.sleep(0.3)
    for device in (speaker, other):
        check_stopped(heard(device, reply_id), TEXT, asked_ms)
    answer = heard(speaker, reply_id)
    assert history(speaker)[-1]["message"] == answer.text
    took_ms = answer.complete.at_ms - asked_ms
    return answer.complete.body["finishReason"], took_ms


def answer_in_peace(world: World, user_id: str) -> None:
    """Have one answer, so that the next finds a function that is warm."""
    device = world.connect(user_id)
    hear(device, say(device, TEXT)["replyId"]).check(TEXT)


def test_stop_at_every_moment(world: World) -> None:
    people = world.crowd[:MOMENTS]
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        list(pool.map(lambda user: answer_in_peace(world, user), people[:SIDE_BY_SIDE]))
        ended = list(pool.map(lambda number: stop_after(world, people[number], number), range(len(people))))
    print("stop took, ms:", sorted(round(took) for reason, took in ended if reason == "stopped"))
    assert [reason for reason, _ in ended].count("stopped") >= MOMENTS // 4


def test_stop_in_the_same_breath_as_the_ack(world: World, user: str) -> None:
    device = world.connect(user)
    for _ in range(5):
        reply_id = say(device, TEXT)["replyId"]
        asked_ms = stop(device, reply_id)
        answer = hear(device, reply_id)
        print(f"stop took {answer.complete.at_ms - asked_ms:.0f} ms, {len(answer.chunks)} chunks")
        check_stopped(answer, TEXT, asked_ms)


def test_stopping_what_has_ended_changes_nothing(world: World, user: str) -> None:
    device = world.connect(user)
    reply_id = say(device, TEXT)["replyId"]
    hear(device, reply_id).check(TEXT)
    stop(device, reply_id)
    time.sleep(0.5)
    heard(device, reply_id).check(TEXT)
    assert history(device)[-1]["message"] == TEXT


def test_a_stopped_chat_takes_the_next_message_at_once(world: World, user: str) -> None:
    device = world.connect(user)
    for number in range(3):
        reply_id = say(device, f"{number} {TEXT}")["replyId"]
        device.wait_for(CHUNK, of(reply_id))
        stop(device, reply_id)
        hear(device, reply_id).check(reason="stopped")
    hear(device, say(device, TEXT)["replyId"]).check(TEXT)


def test_an_answer_between_two_chunks_far_apart_is_stopped_too(world: World) -> None:
    aws_side.directory(world.stack).put_agent("slow", "Slow", provider="echo", chunk_size=1, chunk_delay_ms=1_500)
    people = world.crowd[:6]
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(lambda number: stop_slow(world, people[number], number), range(len(people))))


def stop_slow(world: World, user_id: str, number: int) -> Any:
    """Stop an answer that waits a second and a half before each word."""
    device = world.connect(user_id)
    reply_id = say(device, "one two three four", "slow")["replyId"]
    device.wait_for(CHUNK, at(number % 2))
    time.sleep(number * 0.25)
    asked_ms = stop(device, reply_id, "slow")
    hear(device, reply_id)
    time.sleep(1.6)  # the next word's time
    answer = heard(device, reply_id)
    check_stopped(answer, "one two three four", asked_ms)
    assert answer.complete.body["finishReason"] == "stopped"
    assert len(answer.chunks) < 4
