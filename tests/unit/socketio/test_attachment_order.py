"""A head and its attachments, handled in any order: the event is right or refused, never anything else."""

from __future__ import annotations

import base64
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.socketio.world import World

BYTES = [b"one", b"two", b"three"]


@given(st.integers(1, 3), st.lists(st.integers(0, 2), min_size=3, max_size=3), st.randoms(use_true_random=False))
def test_an_event_has_its_bytes_in_their_places_or_is_refused_on_its_ack(
    count: int, gaps: list[int], dice: Any
) -> None:
    world = World()
    files: list[tuple[bytes, ...]] = []
    world.use_inbox(bad_frame=lambda error: world.sio.request.ack({"ok": False, "reason": error.reason}))

    @world.sio.on("files")
    def on_files(sid: str, *parts: bytes) -> str:
        files.append(parts)
        return "ok"

    world.connect()
    places = [{"_placeholder": True, "num": number} for number in range(count)]
    frames = [f"45{count}-7{json.dumps(['files', *places])}"]
    frames += [f"b{base64.b64encode(each).decode()}" for each in BYTES[:count]]
    at_ms = world.clock.now_ms()
    times = [at_ms := at_ms + gap for gap in [0, *gaps[:count]]]
    handled = list(zip(frames, times, strict=True))
    dice.shuffle(handled)  # the head among them: attachments may be handled before it
    for frame, received_ms in handled:
        for returned in world.send("alice", frame, received_ms=received_ms):
            world.transport.sent.append(("alice", returned))
    (ack,) = [frame for frame in world.sent_to("alice") if frame.startswith("437[")]
    if ack == '437["ok"]':
        assert files == [tuple(BYTES[:count])]
    else:
        assert json.loads(ack[3:])[0]["ok"] is False
        assert files == []
        assert len({*times[1:]}) < count  # only what came at the same time cannot be told
