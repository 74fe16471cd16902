"""The native form."""

import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serverless_socketio.codec.errors import PacketError
from serverless_socketio.codec.native import ID_LENGTH_MAX, NativeRequest, decode, encode_ack, encode_event

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@given(st.text(), st.text(max_size=ID_LENGTH_MAX), JSON, st.booleans())
def test_a_request_is_read_as_it_was_meant(action: str, ack_id: str, data: Any, escaped: bool) -> None:
    frame = json.dumps({"action": action, "id": ack_id, "data": data, "more": 1}, ensure_ascii=escaped)
    assert decode(frame) == NativeRequest(action, ack_id, data)


@given(st.text(st.characters()) | JSON.map(json.dumps))
def test_decode_accepts_or_raises_packet_error(frame: str) -> None:
    with suppress(PacketError):
        decode(frame)


def test_id_and_data_are_optional() -> None:
    assert decode('{"action":"presence:online"}') == NativeRequest("presence:online")


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        ("", "valid JSON"),
        ("2", "not a JSON object"),
        ('42["hi"]', "valid JSON"),
        ('["hi"]', "not a JSON object"),
        ("null", "not a JSON object"),
        ('{"action":"hi","data":' + "[" * 65 + "]" * 65 + "}", "deeper"),
        ('{"action":"hi","id":7}', "id is not a string"),
        ('{"action":"hi","id":null}', "id is not a string"),
        ('{"action":"hi","id":"' + "7" * (ID_LENGTH_MAX + 1) + '"}', "longer than 128"),
    ],
)
def test_a_frame_that_cannot_be_acked_is_refused_without_an_id(frame: str, reason: str) -> None:
    with pytest.raises(PacketError, match=reason) as caught:
        decode(frame)
    assert caught.value.ack_id is None


@pytest.mark.parametrize("action", ["", '"action":null,', '"action":7,'])
def test_a_frame_without_an_action_is_refused_on_its_ack(action: str) -> None:
    with pytest.raises(PacketError, match="action is not a string") as caught:
        decode(f'{{{action}"id":"7"}}')
    assert caught.value.ack_id == "7"


def test_half_a_surrogate_pair_is_refused_on_its_ack() -> None:
    with pytest.raises(PacketError, match="not valid Unicode") as caught:
        decode(r'{"action":"chat:message","id":"7","data":{"message":"\ud800"}}')
    assert (caught.value.ack_id, caught.value.event) == ("7", "chat:message")


def test_an_ack_carries_the_id_of_its_request() -> None:
    assert json.loads(encode_ack("7", {"ok": True, "room": "r"})) == {"id": "7", "ok": True, "room": "r"}
    assert json.loads(encode_ack("7", {"id": "8"})) == {"id": "7"}


def test_an_event_is_its_name_and_its_data() -> None:
    assert encode_event("ping", {}) == '{"event":"ping","data":{}}'
