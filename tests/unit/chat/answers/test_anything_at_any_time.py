"""Whatever happens to an answer, in any order and at any moment: what its clients hear adds up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.chat.happenings import happenings, play_out
from tests.unit.chat.world import CHAT, World, words

CALLS = 90
paces = st.sampled_from([(0, 30), (20, 40), (50, 30), (700, 5), (1500, 4), (2300, 4)])


@given(happenings(CALLS), paces, st.none() | st.integers(1, CALLS))
def test_every_client_hears_the_answer_from_its_ack_on_and_one_end(
    what: dict[int, str], pace: tuple[int, int], killed_at: int | None
) -> None:
    delay_ms, number = pace
    world = World(delay_ms=delay_ms)
    listener = world.join()
    reply_id = world.ask(words(number), world.socket())
    heard = play_out(world, reply_id, listener, what, killed_at)
    assert world.ports.conversations.state(CHAT).running is None
    heard.check()
