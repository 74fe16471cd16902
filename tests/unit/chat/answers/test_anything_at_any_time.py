"""Whatever happens to an answer, in any order and at any moment: what its clients hear adds up."""

from __future__ import annotations

from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.chat.world import CHAT, Killed, Socket, World, assert_whole, words

moments = st.integers(1, 90)
happenings = st.dictionaries(moments, st.sampled_from(["join", "stop", "twin", "recover"]), max_size=6)
paces = st.sampled_from([(0, 30), (20, 40), (50, 30), (700, 5), (1500, 4), (2300, 4)])


@given(happenings, paces, st.none() | moments)
def test_every_client_hears_the_answer_from_its_ack_on_and_one_end(
    what: dict[int, str], pace: tuple[int, int], killed_at: int | None
) -> None:
    delay_ms, number = pace
    world = World(delay_ms=delay_ms)
    joiners: list[Socket] = [world.join()]
    reply_id = world.ask(words(number), world.socket())
    doings = {
        "join": lambda: joiners.append(world.join()),
        "stop": lambda: world.answers.stop(reply_id),
        "twin": lambda: world.execute_beside(reply_id),
        "recover": lambda: world.answers.recover(reply_id),
    }
    for moment, happening in what.items():
        world.turnstile.before(moment, doings[happening])
    killed_in: list[str] = []

    def kill() -> None:
        killed_in.append(world.stream(reply_id).phase)
        raise Killed

    if killed_at is not None:
        world.turnstile.before(killed_at, kill)
    with suppress(Killed):
        world.execute(reply_id)
    world.sweep()
    assert world.stream(reply_id).phase == "ended"
    assert world.ports.conversations.state(CHAT).running is None
    if "ending" in killed_in:
        return  # said once more, since nobody knows who was told: see test_one_writer
    for joiner in joiners:
        if joiner.joined["streams"]:
            assert_whole(joiner, start=joiner.joined["streams"][0]["index"], repeats=killed_at is not None)
        elif joiner.joined["messages"] == []:
            assert_whole(joiner, repeats=killed_at is not None)
