"""How answers go, as an operator sees it."""

from __future__ import annotations

import pytest

from serverless_socketio_chat.agents.model import ModelFailed
from tests.support.memory_meter import MemoryMeter
from tests.unit.chat.models import spoken
from tests.unit.chat.world import World


def meter(world: World) -> MemoryMeter:
    kept = world.ports.meter
    assert isinstance(kept, MemoryMeter)
    return kept


@pytest.mark.parametrize(("kind", "failures"), [("slow", 1), ("refused", 1), ("broken", 1), ("rejected", 0)])
def test_a_failure_of_a_provider_is_counted_and_one_of_a_single_message_is_not(kind: str, failures: int) -> None:
    world = World()
    world.live([(0.1, ModelFailed(kind, "HTTP"))])  # type: ignore[arg-type]
    world.join()
    world.execute(world.ask("hi"))
    assert meter(world).total("ModelFailures") == failures
    assert meter(world).total("AnswersEnded", reason="error") == 1
    assert [each.about["failure"] for each in meter(world).kept if "ModelFailures" in each.counts] == [kind] * failures


def test_the_first_word_of_a_model_is_timed_from_the_message_on() -> None:
    world = World()
    world.live(spoken(10, every_s=0.1, after_s=2.0))
    world.join()
    world.execute(world.ask("hi"))
    (first_ms,) = meter(world).times("FirstChunk")
    assert 2_000 <= first_ms < 2_300
    assert meter(world).total("ModelFailures") == 0


def test_the_first_chunk_is_timed_once_however_many_steps_an_answer_takes() -> None:
    world = World(delay_ms=1_500)
    world.join()
    world.clock.on_sleep(0.01, world.join)  # a second device, which is told all of it
    reply_id = world.ask("one two three four")
    world.execute_beside(reply_id)
    world.clock.advance(10)
    assert len(meter(world).times("FirstChunk")) == 1
    assert meter(world).total("AnswersEnded", reason="stop") == 1


def test_nobody_who_listens_is_no_time() -> None:
    world = World()
    world.execute(world.ask("one two"))
    assert meter(world).times("FirstChunk") == []
