"""Strict in, compact out."""

import json
from collections import namedtuple
from collections.abc import Callable
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, IntEnum, StrEnum
from typing import Any
from unittest.mock import patch
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from serverless_socketio.codec import jsontext
from serverless_socketio.codec.errors import PacketError

LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    LEAVES | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)
ANY_TEXT = st.text(st.characters())  # half surrogate pairs too, which st.text() leaves out


def nested(levels: int) -> str:
    return "[" * levels + "]" * levels


@given(JSON)
def test_loads_undoes_dumps(value: Any) -> None:
    assert jsontext.loads(jsontext.dumps(value)) == value


@given(ANY_TEXT | st.text('[]{}",:\\u0dD89eE+-.NaIfinty \n', max_size=200))
@example("\ufeff[]")
@example("1" * 5000)
def test_loads_accepts_or_raises_packet_error(text: str) -> None:
    with suppress(PacketError):
        jsontext.loads(text)


@given(JSON)
def test_what_json_reads_is_read_the_same(value: Any) -> None:
    text = json.dumps(value)
    assert jsontext.loads(text) == json.loads(text)


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a":-Infinity}'])
def test_a_number_that_json_does_not_have_is_refused(text: str) -> None:
    with pytest.raises(PacketError, match="not a number"):
        jsontext.loads(text)


@pytest.mark.parametrize("text", ["1e999", "[-1e999]", "1" * 309, "-" + "1" * 5000])
def test_a_number_that_no_double_holds_is_refused(text: str) -> None:
    with pytest.raises(PacketError, match="out of range"):
        jsontext.loads(text)


def test_large_numbers_that_a_double_holds_are_read() -> None:
    assert jsontext.loads("[1.7e308, 1e-999]") == [1.7e308, 0.0]
    assert jsontext.loads("9" * 308) == int("9" * 308)


def test_nesting_is_read_up_to_the_bound_and_refused_beyond() -> None:
    jsontext.loads(nested(jsontext.DEPTH_MAX))
    with pytest.raises(PacketError, match="deeper than 64 levels"):
        jsontext.loads(nested(jsontext.DEPTH_MAX + 1))


@pytest.mark.parametrize("opening", ["[", '{"a":', '[{"a":'])
def test_bottomless_nesting_is_refused(opening: str) -> None:
    with pytest.raises(PacketError, match="deeper"):
        jsontext.loads(opening * 40_000)


@pytest.mark.parametrize(
    "text",
    [
        '["' + "[" * 1000 + '"]',
        '["\\"' + "[{" * 1000 + '\\\\"]',
        "[" + "[]," * 1000 + "{}]",
        "[" + '["]"],' * 1000 + "1]",
    ],
    ids=["in a string", "behind an escaped quote", "side by side", "beside closing ones in strings"],
)
def test_many_brackets_are_not_depth(text: str) -> None:
    assert jsontext.loads(text) == json.loads(text)


def test_brackets_in_a_string_that_never_ends_are_no_nesting() -> None:
    with pytest.raises(PacketError, match="not valid JSON from character 2 on"):
        jsontext.loads('["' + '\\"[' * 1000)


def test_a_key_given_twice_counts_the_last_time() -> None:
    assert jsontext.loads('{"a":1,"a":2}') == {"a": 2}


def test_dumps_is_compact_and_leaves_text_readable() -> None:
    assert jsontext.dumps({"a": [1, "żółw 🐢"]}) == '{"a":[1,"żółw 🐢"]}'


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_dumps_refuses_what_json_does_not_have(number: float) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        jsontext.dumps([number])


@given(ANY_TEXT)
@example("\ud800")
@example("\\\ud800")
@example("\ud83d\ude00 as two halves")
def test_whatever_is_written_can_be_sent_and_read(text: str) -> None:
    written = jsontext.dumps([text])
    written.encode()
    assert jsontext.loads(written)[0].encode("utf-16", "surrogatepass") == text.encode("utf-16", "surrogatepass")


@pytest.mark.parametrize(
    "text",
    [r'["\ud800"]', r'["a\uDFFFb"]', r'{"\ud800":1}', r'["\ude00\ud83d"]', '["\ud800"]', '["\udc00", "\\ud83d"]'],
)
def test_half_a_surrogate_pair_is_found_wherever_it_is(text: str) -> None:
    with pytest.raises(PacketError, match="not valid Unicode"):
        jsontext.check_unicode(text, jsontext.loads(text))


@pytest.mark.parametrize("text", [r'["\ud83d\ude00"]', r'["\uD83D\uDE00"]', r'["\\ud800"]', '["🐢"]', r'["\u0000"]'])
def test_whole_characters_pass_however_they_are_written(text: str) -> None:
    jsontext.check_unicode(text, jsontext.loads(text))


@given(ANY_TEXT, st.booleans())
def test_the_check_agrees_with_utf8(string: str, escaped: bool) -> None:
    text = json.dumps([string], ensure_ascii=escaped)
    value = jsontext.loads(text)
    if jsontext.is_unicode(value[0]):
        jsontext.check_unicode(text, value)
    else:
        with pytest.raises(PacketError):
            jsontext.check_unicode(text, value)


class Colour(Enum):
    RED = "red"
    NONE = None


class Level(IntEnum):
    HIGH = 3


class Word(StrEnum):
    YES = "yes"


@dataclass
class Plain:
    x: int = 1


class Ratio(float):
    pass


Pair = namedtuple("Pair", "x y")
ID = UUID("12345678-1234-5678-1234-567812345678")
ODD = st.sampled_from(
    [
        *(float("nan"), float("inf"), 2**64, -(2**64), 1e16, 1e-7, -0.0, "null", b"x", {1}, Colour.RED, Colour.NONE),
        *(Level.HIGH, Word.YES, Plain(), Pair(1, 2), Ratio(0.5), ID, datetime(2026, 1, 1, tzinfo=UTC), object()),
        (1, "a"),
    ]
)
KEYS = st.text(st.characters()) | st.integers() | st.sampled_from([None, True, 1.5, Word.YES, Level.HIGH, ID, (1,)])
ANYTHING = st.recursive(
    LEAVES | ANY_TEXT | ODD, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner), max_leaves=8
)


def outcome(write: Callable[[Any], Any], value: Any) -> Any:
    """What a writer's text reads as, or the kind of its error."""
    try:
        return json.loads(write(value))
    except (TypeError, ValueError) as error:
        return type(error)


@given(ANYTHING)
@example({Word.YES: None, "yes": 1})
def test_with_orjson_and_without_the_same_is_written(value: Any) -> None:
    with patch.object(jsontext, "orjson", None):
        slowly = outcome(jsontext.dumps, value)
    assert outcome(jsontext.dumps, value) == slowly


@given(ANYTHING)
def test_what_json_writes_is_written_the_same(value: Any) -> None:
    theirs = outcome(lambda each: json.dumps(each, allow_nan=False), value)
    if theirs is not TypeError:
        assert outcome(jsontext.dumps, value) == theirs


@pytest.mark.parametrize(("value", "text"), [(Colour.RED, '["red"]'), (Colour.NONE, "[null]"), (ID, f'["{ID}"]')])
@pytest.mark.parametrize("without", [True, False], ids=["json", "orjson"])
def test_an_enum_is_its_value_and_a_uuid_its_text(value: Any, text: str, without: bool) -> None:
    with patch.object(jsontext, "orjson", None) if without else nullcontext():
        assert jsontext.dumps([value]) == text


def test_what_holds_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)
    with pytest.raises(ValueError, match="Circular"):
        jsontext.dumps(circle)


@pytest.mark.parametrize("text", [" [1]", "[1] ", "\n\t[1]\r\n", "x[1]", "[1]x", "\u00a0[1]"])
def test_a_value_is_read_from_a_place_on_as_if_it_stood_alone(text: str) -> None:
    for start in (0, 3):
        try:
            wanted = json.loads(text)
        except json.JSONDecodeError as error:
            with pytest.raises(PacketError, match=f"from character {error.pos + 1} on"):
                jsontext.loads("[[{"[:start] + text, start)
        else:
            assert jsontext.loads("[[{"[:start] + text, start) == wanted
