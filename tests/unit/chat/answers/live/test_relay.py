"""A model's answer, relayed as it comes: merged, logged, stopped, broken, lost; and every client hears one answer."""

from __future__ import annotations

import itertools
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio_chat.agents.model import SORRY, End, ModelFailed, Usage
from serverless_socketio_chat.answers.chunks import REPLY_JSON_BYTES_MAX, json_bytes
from serverless_socketio_chat.answers.steps import EXECUTION_MS
from tests.unit.chat.happenings import happenings, play_out
from tests.unit.chat.models import STOP, spoken
from tests.unit.chat.world import CHAT, Killed, Socket, World, assert_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.unit.chat.models import Cue

BUSY = ModelFailed("busy", "HTTP 429")
BROKEN = ModelFailed("broken", "ReadError")
WORDS = [spoken(60, every_s=0.02), spoken(5, every_s=0.9), spoken(8, every_s=0.0), spoken(3, every_s=0.1, after_s=6)]
IDS = ["fast", "slow", "at-once", "late"]


def text(number: int) -> str:
    return "".join(f"w{index} " for index in range(number))


def relayed(*answers: Sequence[Cue], delay_ms: int = 50, **settings: object) -> tuple[World, Socket, str]:
    """A world whose model is to answer a message that was just accepted."""
    world = World(delay_ms=delay_ms)
    world.live(*answers, **settings)
    listener = world.join()
    return world, listener, world.ask("hello")


def kill() -> None:
    raise Killed


def replace_writer(world: World, reply_id: str) -> None:
    """Stall for so long that another writer takes the answer over, and let it end it."""
    world.clock.advance(8)
    assert world.answers.recover(reply_id)
    world.execute(*world.workflow.started.pop())


def times(socket: Socket) -> list[int]:
    return [frame.at_ms for frame in socket.frames if frame.event == "chat:message:stream"]


@pytest.mark.parametrize("delay_ms", [20, 50, 200, 1500])
def test_what_comes_is_merged_into_one_frame_a_window_and_is_all_there(delay_ms: int) -> None:
    world, listener, reply_id = relayed(spoken(200, every_s=0.013), delay_ms=delay_ms)
    world.execute(reply_id)
    assert_whole(listener)
    assert listener.completes[0]["message"] == text(200)
    assert listener.completes[0]["finishReason"] == "stop"
    gaps = [after - before for before, after in itertools.pairwise(times(listener))]
    assert min(gaps) >= delay_ms - 1
    assert max(gaps) <= delay_ms + 14
    assert [line.text for line in world.ports.conversations.history(CHAT)] == [text(200), "hello"]


def test_without_a_window_each_piece_is_said_when_it_comes() -> None:
    world, listener, reply_id = relayed(spoken(5, every_s=0.3), delay_ms=0)
    world.execute(reply_id)
    assert [chunk for _, chunk in listener.chunks] == ["w0 ", "w1 ", "w2 ", "w3 ", "w4 "]
    assert {after - before for before, after in itertools.pairwise(times(listener))} == {300}


def test_one_call_carries_the_whole_answer() -> None:
    world, _, reply_id = relayed(spoken(100, every_s=0.3))
    world.execute(reply_id)
    assert [step.next for step in world.steps] == ["done"]


@pytest.mark.parametrize("cues", WORDS, ids=IDS)
def test_whatever_anybody_has_heard_was_in_the_log_before(cues: list[Cue]) -> None:
    world, listener, reply_id = relayed(cues)
    post = world.wire.post

    def check_and_post(address: str, frame: str) -> object:
        if "chat:message:stream" in frame:
            assert len(listener.chunks) < len(world.streams.logged(reply_id))
        return post(address, frame)

    world.wire.post = check_and_post  # type: ignore[method-assign, assignment]
    world.execute(reply_id)
    assert_whole(listener)
    assert "".join(world.streams.logged(reply_id)) == listener.completes[0]["message"]


# Stopping


@pytest.mark.parametrize("cues", WORDS, ids=IDS)
def test_a_stop_between_any_two_calls_ends_the_answer_once_within_a_second_and_hangs_up(cues: list[Cue]) -> None:
    call, passed = 0, False
    while not passed:
        call += 1
        world, listener, reply_id = relayed(cues)
        stopped: list[int] = []

        def stop(world: World = world, reply_id: str = reply_id, stopped: list[int] = stopped) -> None:
            stopped.append(world.clock.now_ms())
            world.answers.stop(reply_id)

        world.turnstile.before(call, stop)
        world.execute(reply_id)
        passed = world.turnstile.calls < call
        assert_whole(listener)
        if listener.completes[0]["finishReason"] == "stopped":
            assert listener.frames[-1].at_ms - stopped[0] <= 1_000
        assert all(coming.closed_at is not None for coming in world.models.comings)
        assert world.ports.conversations.state(CHAT).running is None
    assert call > len(WORDS)


@pytest.mark.parametrize("cues", [spoken(2, every_s=0.1, end=STOP)[:2], []], ids=["in the middle", "from the start"])
def test_a_stop_is_quick_while_the_model_is_silent(cues: list[Cue]) -> None:
    world, listener, reply_id = relayed(cues)
    world.clock.on_sleep(3, lambda: world.answers.stop(reply_id))
    asked_ms = world.clock.now_ms()
    world.execute(reply_id)
    assert_whole(listener)
    (complete,) = listener.completes
    assert (complete["finishReason"], complete["message"]) == ("stopped", text(len(cues)))
    assert complete["timestamp"] - asked_ms <= 3_000 + 300
    (coming,) = world.models.comings
    assert coming.closed_at is not None


def test_a_stop_keeps_what_waits_for_its_window() -> None:
    world, listener, reply_id = relayed(spoken(100, every_s=0.1), delay_ms=60_000)
    world.clock.on_sleep(2.05, lambda: world.answers.stop(reply_id))
    world.execute(reply_id)
    assert_whole(listener)
    assert 18 <= len(listener.completes[0]["message"].split()) <= 24
    assert len(listener.chunks) == 2


def test_a_stop_before_the_model_is_asked_asks_nobody() -> None:
    world, listener, reply_id = relayed(spoken(5, every_s=0.1))
    world.turnstile.before("begin", lambda: world.answers.stop(reply_id))
    world.execute(reply_id)
    assert_whole(listener)
    assert listener.completes[0]["finishReason"] == "stopped"
    assert world.models.asked == []


# Failing


@pytest.mark.parametrize("kind", sorted(SORRY))
def test_a_failure_before_anything_came_tells_people_why(kind: str) -> None:
    world, listener, reply_id = relayed([(0.1, ModelFailed(kind, "detail"))])  # type: ignore[arg-type]
    world.execute(reply_id)
    assert_whole(listener)
    (complete,) = listener.completes
    assert (complete["finishReason"], complete["message"]) == ("error", SORRY[kind])  # type: ignore[index]
    (relation,) = listener.got("relation:updated")
    assert relation["relationLevel"] == 0


def test_a_stream_that_breaks_keeps_what_was_said() -> None:
    world, listener, reply_id = relayed(spoken(20, every_s=0.03, end=BROKEN))
    world.execute(reply_id)
    assert_whole(listener)
    (complete,) = listener.completes
    assert (complete["finishReason"], complete["message"]) == ("error", text(20))
    assert len(world.models.asked) == 1


def test_a_model_that_is_busy_is_asked_again_after_growing_pauses() -> None:
    world, listener, reply_id = relayed([(0.0, BUSY)], [(0.0, BUSY)], [(0.0, BUSY)], spoken(3, every_s=0.1))
    world.execute(reply_id)
    assert_whole(listener)
    assert listener.completes[0]["finishReason"] == "stop"
    asked_at = [coming.asked_at for coming in world.models.comings]
    assert [round(after - before, 3) for before, after in itertools.pairwise(asked_at)] == [0.5, 1.0, 2.0]


def test_a_model_that_says_when_to_come_back_is_asked_then() -> None:
    world, _, reply_id = relayed([(0.0, ModelFailed("busy", retry_after_s=7))], spoken(3, every_s=0.1))
    world.execute(reply_id)
    assert [round(coming.asked_at, 3) for coming in world.models.comings] == [0.0, 7.0]


@pytest.mark.parametrize("retry_after_s", [None, 31])
def test_asking_again_ends_with_the_patience_for_the_first_piece(retry_after_s: int | None) -> None:
    world, listener, reply_id = relayed([(0.0, ModelFailed("busy", retry_after_s=retry_after_s))])
    world.execute(reply_id)
    (complete,) = listener.completes
    assert (complete["finishReason"], complete["message"]) == ("error", SORRY["busy"])
    assert complete["timestamp"] - world.stream(reply_id).created_ms <= 30_000


@pytest.mark.parametrize("more_within_s", [0, 1.0, None])
def test_a_finish_reason_that_may_be_over_in_a_moment_is_tried_again(more_within_s: float | None) -> None:
    exhausted: list[Cue] = [(0.1, ""), (0.2, End("busy", more_within_s=more_within_s))]
    world, listener, reply_id = relayed(exhausted, spoken(3, every_s=0.1))
    world.execute(reply_id)
    assert_whole(listener)
    assert (listener.completes[0]["message"], listener.completes[0]["finishReason"]) == (text(3), "stop")
    assert world.models.comings[0].closed_at is not None


def test_the_lease_is_kept_between_two_tries() -> None:
    world, listener, reply_id = relayed([(0.0, ModelFailed("down", retry_after_s=20))], spoken(3, every_s=0.1))
    world.clock.on_sleep(15, lambda: world.execute_beside(reply_id))
    world.execute(reply_id)
    assert_whole(listener)
    assert listener.completes[0]["finishReason"] == "stop"


@pytest.mark.parametrize(("cues", "said", "after_ms"), [([], SORRY["slow"], 30_000), ([(1.0, "Well")], "Well", 21_000)])
def test_a_model_that_falls_silent_is_not_waited_for_for_ever(cues: list[Cue], said: str, after_ms: int) -> None:
    world, listener, reply_id = relayed(cues)
    world.execute(reply_id)
    assert_whole(listener)
    (complete,) = listener.completes
    assert (complete["finishReason"], complete["message"]) == ("error", said)
    assert abs(complete["timestamp"] - world.stream(reply_id).created_ms - after_ms) <= 300


def test_a_sign_of_life_is_no_silence() -> None:
    thinking: list[Cue] = [(float(second), "") for second in range(1, 100, 15)]
    world, listener, reply_id = relayed([*thinking, (105.0, "Yes."), (105.0, STOP)])
    world.execute(reply_id)
    assert (listener.completes[0]["message"], listener.completes[0]["finishReason"]) == ("Yes.", "stop")


def test_but_not_for_ever() -> None:
    thinking: list[Cue] = [(float(second), "") for second in range(1, 200, 15)]
    world, listener, reply_id = relayed([*thinking, (205.0, "Yes."), (205.0, STOP)])
    world.execute(reply_id)
    (complete,) = listener.completes
    assert (complete["message"], complete["finishReason"]) == (SORRY["slow"], "error")
    assert abs(complete["timestamp"] - world.stream(reply_id).created_ms - 120_000) <= 300


def test_each_word_begins_that_time_anew() -> None:
    alive: list[Cue] = [(float(second), "word " if second % 100 == 1 else "") for second in range(1, 210, 10)]
    world, listener, reply_id = relayed([*alive, (211.0, STOP)])
    world.execute(reply_id)
    assert (listener.completes[0]["message"], listener.completes[0]["finishReason"]) == ("word " * 3, "stop")


def test_a_first_sign_of_life_makes_nobody_less_patient() -> None:
    world, listener, reply_id = relayed([(0.1, ""), (28.0, "Yes."), (28.1, STOP)])
    world.execute(reply_id)
    assert listener.completes[0]["message"] == "Yes."


def test_a_failure_while_it_only_thought_is_tried_again() -> None:
    world, listener, reply_id = relayed([(0.1, ""), (15.0, ModelFailed("down"))], spoken(2, every_s=0.1))
    world.execute(reply_id)
    assert (listener.completes[0]["message"], listener.completes[0]["finishReason"]) == (text(2), "stop")


# The end of a stream that goes on


ALONE, MAYBE = End("stop", more_within_s=1.0), End("stop", more_within_s=None)


@pytest.mark.parametrize(
    ("cues", "said", "reason", "after_s"),
    [
        pytest.param([(1, "a"), (1, ALONE)], "a", "stop", 2, id="told, alone"),
        pytest.param([(1, "a"), (1, ALONE), (1.5, ""), (1.9, ""), (9, "")], "a", "stop", 2, id="comments after it"),
        pytest.param([(1, "a"), (1, MAYBE)], "a", "stop", 21, id="told, but more may come"),
        pytest.param([(1, "a"), (1, MAYBE), (15, "b"), (15, MAYBE)], "ab", "stop", 35, id="more comes"),
        pytest.param([(1, "a"), (1, ALONE), (1.8, "b"), (1.8, MAYBE)], "ab", "stop", 21.8, id="after all"),
        pytest.param([(1, "a"), (1, ALONE), (1.2, End("stop", Usage(1, 2)))], "a", "stop", 1.2, id="and its cost"),
        pytest.param([(1, "a"), (1, End("length", more_within_s=1.0))], "a", "length", 2, id="a limit"),
        pytest.param([(1, "a"), (1, End("rejected", more_within_s=1.0))], "a", "error", 2, id="a filter"),
        pytest.param([(1, "a"), (1, MAYBE), (2, "b"), (3, BROKEN)], "ab", "error", 3, id="breaks"),
    ],
)
def test_an_end_is_waited_behind_as_long_as_more_may_come(
    cues: list[Cue], said: str, reason: str, after_s: float
) -> None:
    world, listener, reply_id = relayed(cues)
    world.execute(reply_id)
    assert_whole(listener)
    (complete,) = listener.completes
    assert (complete["message"], complete["finishReason"]) == (said, reason)
    assert abs(complete["timestamp"] - world.stream(reply_id).created_ms - after_s * 1000) <= 300
    assert world.models.comings[0].closed_at is not None


# Answers without words


@pytest.mark.parametrize("said", ["", " \n\t", "\u200b\ufeff\u2060", "\0\x1b"])
@pytest.mark.parametrize("end", [STOP, End("length"), End("unanswered")])
@pytest.mark.parametrize("feels", [False, True])
def test_an_answer_in_which_there_is_nothing_to_read_is_a_sentence_that_says_so(
    said: str, end: End, *, feels: bool
) -> None:
    mood: list[Cue] = [(0.2, '\n@@mood {"joy": 0.2}')] if feels else []
    world, listener, reply_id = relayed([(0.1, said), *mood, (0.3, end)], feels=feels)
    follower = world.follow()
    world.execute(reply_id)
    assert_whole(listener)
    (complete,) = listener.completes
    assert (complete["message"], complete["finishReason"]) == (SORRY["unanswered"], "error")
    assert follower.got("agent:updated") == []
    assert listener.got("relation:updated")[0]["relationLevel"] == 0


def test_white_space_that_comes_first_waits_for_words() -> None:
    world, listener, reply_id = relayed([(0.1, "\n\n"), (1.0, "Hi"), (1.1, STOP)])
    world.execute(reply_id)
    assert listener.chunks == [(0, "\n\nHi")]


def test_what_is_stopped_before_the_first_word_is_stopped() -> None:
    world, listener, reply_id = relayed([(0.1, "\n\n")])
    world.clock.on_sleep(2, lambda: world.answers.stop(reply_id))
    world.execute(reply_id)
    assert (listener.completes[0]["message"], listener.completes[0]["finishReason"]) == ("", "stopped")


def test_how_an_answer_ended_is_in_the_history() -> None:
    world, _, reply_id = relayed(spoken(2, every_s=0.1, end=End("length")))
    world.execute(reply_id)
    joiner = world.join()
    assert [(line["role"], line.get("finishReason")) for line in joiner.joined["messages"]] == [
        ("user", None),
        ("agent", "length"),
    ]


@pytest.mark.parametrize("fails", ["raises", "killed"])
def test_a_streamer_that_dies_before_its_first_word_ends_with_a_sentence(fails: str) -> None:
    world, listener, reply_id = relayed([(0.1, ["a list"]), (0.2, STOP)])  # type: ignore[list-item]
    if fails == "killed":
        world.clock.on_sleep(0.05, kill)
        with pytest.raises(Killed):
            world.execute(reply_id)
        world.sweep()
    else:
        world.execute(reply_id)
        world.sweep()
    assert_whole(listener)
    assert [(body["message"], body["finishReason"]) for body in listener.completes] == [(SORRY["broken"], "error")]


def test_a_writer_that_slept_before_its_first_word_and_was_replaced_says_nothing_more() -> None:
    world, listener, reply_id = relayed(spoken(20, every_s=0.1))

    world.turnstile.before("log", lambda: replace_writer(world, reply_id))
    world.execute(reply_id)
    world.sweep()
    assert_whole(listener)
    assert [(body["message"], body["finishReason"]) for body in listener.completes] == [(SORRY["broken"], "error")]
    assert list(world.streams.logged(reply_id)) == [SORRY["broken"]]


# Limits


def test_an_answer_ends_at_the_longest_that_may_be() -> None:
    world, listener, reply_id = relayed([(index / 10, "ä" * 999) for index in range(30)])
    world.execute(reply_id)
    assert_whole(listener)
    assert (listener.completes[0]["message"], listener.completes[0]["finishReason"]) == ("ä" * 24_000, "length")
    (coming,) = world.models.comings
    assert coming.closed_at is not None
    assert coming.closed_at < 2.6


def test_an_answer_ends_where_its_json_would_be_too_long() -> None:
    world, listener, reply_id = relayed([(index / 10, "x" + "\0" * 499) for index in range(60)])
    world.execute(reply_id)
    assert listener.completes[0]["finishReason"] == "length"
    assert REPLY_JSON_BYTES_MAX - 6 < json_bytes(listener.completes[0]["message"]) <= REPLY_JSON_BYTES_MAX


def test_the_model_s_own_limit_is_told() -> None:
    world, listener, reply_id = relayed(spoken(3, every_s=0.1, end=End("length", Usage(5, 3))))
    world.execute(reply_id)
    assert listener.completes[0]["finishReason"] == "length"


def test_an_answer_without_an_end_ends_before_the_execution_does() -> None:
    world, listener, reply_id = relayed(spoken(3000, every_s=0.1), delay_ms=1000)
    world.execute(reply_id)
    assert_whole(listener)
    (complete,) = listener.completes
    assert complete["finishReason"] == "length"
    assert abs(complete["timestamp"] - world.stream(reply_id).created_ms - EXECUTION_MS) <= 2_000


def test_an_answer_that_begins_late_has_an_execution_of_its_own() -> None:
    world, listener, reply_id = relayed(spoken(2000, every_s=0.1), delay_ms=1000)
    step = world.answers.step(reply_id, 0, started_ms=world.clock.now_ms() - 100_000)
    assert step.next == "successor"
    world.execute(reply_id, step.epoch)
    assert_whole(listener)
    assert listener.completes[0]["message"] == text(2000)


# Joining, listening, losing


@pytest.mark.parametrize("cues", WORDS, ids=IDS)
def test_a_joiner_between_any_two_calls_misses_nothing(cues: list[Cue]) -> None:
    call, passed = 0, False
    while not passed:
        call += 1
        world, first, reply_id = relayed(cues)
        joiner = world.socket()
        world.turnstile.before(call, lambda w=world, j=joiner: w.join(j))  # type: ignore[misc]
        world.execute(reply_id)
        passed = world.turnstile.calls < call
        assert_whole(first)
        if not passed and joiner.joined["streams"]:
            assert_whole(joiner, start=joiner.joined["streams"][0]["index"])
        elif not passed:
            assert first.completes[0]["message"] in [line["message"] for line in joiner.joined["messages"]]


def test_an_answer_is_resumed_from_any_chunk_while_it_runs_and_after_its_end() -> None:
    world, listener, reply_id = relayed(spoken(60, every_s=0.1))
    seen = []
    for moment in (0.5, 2.5, 4.5):
        world.clock.on_sleep(moment, lambda: seen.append(world.joining.resume(CHAT, reply_id, 2)))
    world.execute(reply_id)
    whole = listener.completes[0]["message"]
    known = "".join(chunk for _, chunk in listener.chunks[:2])
    for resumed in seen:
        assert not resumed["complete"]
        assert whole.startswith(known + resumed["text"])
    assert seen[-1]["index"] > 10
    ended = world.joining.resume(CHAT, reply_id, 2)
    assert (known + ended["text"], ended["index"], ended["finishReason"]) == (whole, len(listener.chunks), "stop")


@pytest.mark.parametrize("recover", ["retried", "swept"])
@pytest.mark.parametrize("cues", WORDS, ids=IDS)
def test_a_function_that_is_killed_at_any_moment_ends_in_an_error_that_keeps_the_text(
    cues: list[Cue], recover: str
) -> None:
    call = 0
    while True:
        call += 1
        world, listener, reply_id = relayed(cues)
        joiner = world.socket()
        world.clock.on_sleep(0.4, lambda w=world, j=joiner: w.join(j))  # type: ignore[misc]
        world.turnstile.before(call, kill)
        try:
            world.execute(reply_id)
            break
        except Killed:
            was = world.stream(reply_id)
        if recover == "retried":
            world.clock.advance(1)
            world.execute(reply_id, 0)
        world.sweep()
        if was.phase == "ending":
            continue  # said once more: see test_one_writer
        assert_whole(listener, repeats=True)
        assert listener.completes[0]["finishReason"] == ("error" if was.relayed else "stop")
        if joiner.joined.get("streams"):
            assert_whole(joiner, start=joiner.joined["streams"][0]["index"], repeats=True)
        assert "".join(world.streams.logged(reply_id)).startswith(listener.completes[0]["message"])
        assert len(world.models.asked) <= 1
    assert call > len(WORDS)


def test_a_stop_after_a_crash_keeps_what_anybody_heard() -> None:
    world, listener, reply_id = relayed(spoken(60, every_s=0.1))
    world.clock.on_sleep(1.7, kill)
    with pytest.raises(Killed):
        world.execute(reply_id)
    world.clock.advance(7)
    world.answers.stop(reply_id)
    assert_whole(listener, repeats=True)
    assert listener.completes[0]["finishReason"] == "stopped"
    assert "w15" in listener.completes[0]["message"]


@pytest.mark.parametrize("after_s", [0, 0.01, 0.26, 0.5, 0.99, 1.01, 2.5])
def test_an_execution_that_runs_twice_asks_once(after_s: float) -> None:
    world, listener, reply_id = relayed(spoken(60, every_s=0.1))
    world.clock.on_sleep(after_s, lambda: world.execute_beside(reply_id))
    world.execute(reply_id)
    world.execute(reply_id)
    assert_whole(listener)
    assert len(world.models.asked) == 1


def test_a_writer_that_was_too_slow_to_keep_its_lease_goes_on_while_nobody_has_taken_over() -> None:
    world, listener, reply_id = relayed(spoken(100, every_s=0.1))
    world.turnstile.before("hold", lambda: world.clock.advance(8))
    world.execute(reply_id)
    world.sweep()
    assert_whole(listener)
    assert listener.completes[0]["finishReason"] == "stop"


def test_a_writer_that_was_replaced_hangs_up_and_falls_silent() -> None:
    world, listener, reply_id = relayed(spoken(100, every_s=0.1))

    world.turnstile.before("hold", lambda: replace_writer(world, reply_id))
    world.execute(reply_id)
    world.sweep()
    assert_whole(listener, repeats=True)
    assert listener.completes[0]["finishReason"] == "error"
    (coming,) = world.models.comings
    assert coming.closed_at is not None


@given(happenings(60), st.sampled_from(WORDS), st.none() | st.integers(1, 60))
def test_whatever_happens_every_client_hears_the_answer_and_one_end(
    what: dict[int, str], cues: list[Cue], killed_at: int | None
) -> None:
    world, listener, reply_id = relayed(cues)
    heard = play_out(world, reply_id, listener, what, killed_at)
    assert len(world.models.asked) <= 1
    heard.check()


# What the agent's followers are told, and what is remembered


def test_followers_are_told_once_that_a_provider_fails_and_once_that_it_is_back() -> None:
    world, _, first = relayed([(0.0, BROKEN)], [(0.0, BROKEN)], spoken(1, every_s=0), spoken(1, every_s=0))
    follower = world.follow()
    world.execute(first)
    for _ in range(3):
        world.execute(world.ask("again"))
    told = follower.got("agent:updated")
    assert [(body["agentId"], body["name"], body["status"]) for body in told] == [
        ("echo", "Echo", "unavailable"),
        ("echo", "Echo", "available"),
    ]
    assert follower.got("chat:message:stream") == []


@pytest.mark.parametrize("answer", [[(0.0, ModelFailed("rejected"))], spoken(2, every_s=0.1)])
def test_followers_are_not_told_of_what_is_no_change(answer: list[Cue]) -> None:
    world, _, reply_id = relayed(answer)
    follower = world.follow()
    world.execute(reply_id)
    assert follower.frames == []


def test_the_log_names_the_reason_and_the_cost_and_nothing_that_was_said(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    world, _, reply_id = relayed([(0.0, BUSY)], [(0.0, "secret words"), (0.1, End("stop", Usage(11, 7)))])
    world.execute(reply_id)
    failed, ended = caplog.records
    assert (failed.reason, failed.again) == ("busy: HTTP 429", True)  # type: ignore[attr-defined]
    assert (ended.model, ended.input_tokens, ended.output_tokens) == ("some-model", 11, 7)  # type: ignore[attr-defined]
    assert "secret words" not in str([record.__dict__ for record in caplog.records])


def test_a_mood_at_the_end_moves_the_relation_and_is_not_shown() -> None:
    answer: list[Cue] = [(0.0, "I like you.\n@@mo"), (0.2, 'od {"joy": 0.2'), (0.3, "}"), (0.4, STOP)]
    world, listener, reply_id = relayed(answer, feels=True)
    world.execute(reply_id)
    assert_whole(listener)
    assert listener.completes[0]["message"] == "I like you."
    (relation,) = listener.got("relation:updated")
    assert relation["emotions"]["joy"] > 0.4
    ((_, prompt),) = world.models.asked
    assert "stranger" in prompt.system


def test_an_agent_without_a_model_is_asked_as_it_is() -> None:
    world, listener, reply_id = relayed([(0.0, ModelFailed("refused"))])
    record = world.directory.agent("echo")
    assert record is not None
    world.directory._agents["echo"] = replace(record, model=None)
    world.execute(reply_id)
    assert listener.completes[0]["finishReason"] == "error"
