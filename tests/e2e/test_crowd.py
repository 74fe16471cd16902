"""Twenty users at once, and texts of every shape: each answer whole, in order, with one end."""

import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest

from tests.e2e import aws_side
from tests.e2e.answers import Answer, hear, heard, join, say, words
from tests.e2e.conftest import World
from tests.e2e.driver import Device

pytestmark = [pytest.mark.e2e, pytest.mark.alone]

USERS = 20
ROUNDS = 2
PACES = 3  # of which the machine may hold up one

TEXTS = {
    "newlines": "one\ntwo\r\nthree\n\nfour five\n",
    "tabs": "\tone\ttwo three\t",
    "spaces": "  one   two    three      four ",
    "only spaces": "     ",
    "emoji": "👩‍👩‍👧‍👦 🇩🇪 👍🏽 é e\u0301 \U0001f9ff" * 4,
    "right to left": "שלום עולם، مرحبا بالعالم \u200f(\u202bאבג\u202c) 12",
    "other white space": "a\u00a0b\u2003c \u3000 d\u2028e\x0b\x0cf",
    "markup": '<b>"&amp;\\n\\u0041</b> {"a": [1, null]} 42["x"] \x00\x1f',
    "one character": ".",
}


def test_twenty_users_at_once(world: World) -> None:
    people = world.crowd[:USERS]
    if len(people) < USERS:
        pytest.skip(f"needs {USERS} users")
    text = words(90)
    with ThreadPoolExecutor(USERS) as pool:
        answers = [
            answer for answers in pool.map(lambda user: converse(world, user, text), people) for answer in answers
        ]
    assert len(answers) == USERS * ROUNDS
    gaps = sorted(later.at_ms - earlier.at_ms for answer in answers for earlier, later in pairwise(answer.chunks))
    print(f"{USERS} at once: gap p50 {gaps[len(gaps) // 2]:.1f} ms, p95 {gaps[len(gaps) * 95 // 100]:.1f} ms")


def converse(world: World, user_id: str, text: str) -> list[Answer]:
    """Have a few answers, one after the other."""
    device = world.connect(user_id)
    join(device)
    answers = []
    for number in range(ROUNDS):
        reply_id = say(device, f"{user_id} {number} {text}")["replyId"]
        answers.append(hear(device, reply_id, within_s=30))
        answers[-1].check(f"{user_id} {number} {text}")
    return answers


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_a_text_arrives_unchanged(world: World, user: str, text: str) -> None:
    device = world.connect(user)
    answer = hear(device, say(device, text)["replyId"])
    answer.check(text)
    assert answer.joined() == text


def test_a_long_text_word_by_word_without_a_pause(world: World, user: str) -> None:
    aws_side.directory(world.stack).put_agent("quick", "Quick", provider="echo", chunk_size=1, chunk_delay_ms=0)
    speaker, other = world.connect(user), world.connect(user)
    join(other, "quick")
    text = " ".join("x" for _ in range(1_000))
    began = time.monotonic()
    reply_id = say(speaker, text, "quick")["replyId"]
    for device in (speaker, other):
        hear(device, reply_id, within_s=60).check(text)
    print(f"1000 chunks to two devices in {time.monotonic() - began:.1f} s")
    assert len(heard(speaker, reply_id).chunks) == 1_000


def test_an_agent_may_have_a_pace_of_its_own(world: World, user: str) -> None:
    aws_side.directory(world.stack).put_agent("pairs", "Pairs", provider="echo", chunk_size=2, chunk_delay_ms=120)
    device = world.connect(user)
    took_ms = [pace_of_pairs(device) for _ in range(PACES)]
    assert statistics.median(took_ms) == pytest.approx(7 * 120, abs=60), took_ms


def pace_of_pairs(device: Device) -> float:
    """Have one answer; returns the milliseconds from its first chunk to its eighth and last."""
    answer = hear(device, say(device, words(16), "pairs")["replyId"])
    answer.check(words(16))
    assert len(answer.chunks) == 8
    return answer.chunks[-1].at_ms - answer.chunks[0].at_ms
