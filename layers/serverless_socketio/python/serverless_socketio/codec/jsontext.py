"""JSON as it goes over the wire: stricter than `json` on the way in, shorter on the way out.

What `json` would let through, and this module does not: `NaN` and `Infinity`, which are not JSON; numbers that no
double can hold, which every JavaScript client would read as `Infinity`; nesting that ends in a `RecursionError`; half a
surrogate pair, which has no UTF-8. A key given twice counts once, the last time, as in JavaScript.
"""

import json
import math
import re
from enum import Enum
from typing import Any, NoReturn

from .errors import PacketError

try:
    import orjson
except ImportError:  # an application does without, or there is no wheel for its platform
    orjson = None  # type: ignore[assignment]

PAYLOAD_DEPTH_MAX = 64  # ours: far beyond any sensible payload, far below the recursion limits of every interpreter
DEPTH_MAX = PAYLOAD_DEPTH_MAX + 1  # the list or object that a packet wraps around its payload is not the sender's
INTEGER_LENGTH_MAX = 308  # the largest double, 1.8e308, has 309 digits; also keeps int() below its own limit of 4,300

AS_JSON = 0 if orjson is None else orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME

# A string closes at its quote or at the end of the text, so that no broken text makes the search start over.
_BRACKET_OR_STRING = re.compile(r'[\[{]|[\]}]|"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def loads(text: str, start: int = 0) -> Any:
    """Read one JSON value, which is all of `text` from `start` on.

    Raises:
        PacketError: it is not JSON, nested too deeply, or holds a number beyond the range of a double.
    """
    # What is shorter cannot close so many; too few brackets are nearly every text's, those in strings included.
    if len(text) > 2 * DEPTH_MAX and text.count("[") + text.count("{") > DEPTH_MAX and _is_too_deep(text[start:]):
        raise PacketError(f"The JSON is nested deeper than {PAYLOAD_DEPTH_MAX} levels.")
    try:
        value, end = _DECODER.raw_decode(text, start)
        if end == len(text):
            return value
    except json.JSONDecodeError:
        pass
    return _read_slowly(text[start:])


def dumps(value: Any) -> str:
    """Write `value` without spaces and as UTF-8 can carry it: as it reads, only half surrogate pairs are escaped.

    An `Enum` is its value and a `UUID` its text, as orjson has them; all else is what `json` writes.

    Raises:
        TypeError: `value` holds what JSON has no word for.
        ValueError: `value` holds NaN, an infinity or itself.
    """
    if orjson is not None:
        try:
            text = orjson.dumps(value, option=AS_JSON).decode()
        except TypeError:  # half a surrogate pair, an integer beyond 64 bits, a key that is not text, what is not JSON
            text = "null"
        if "null" not in text:  # which orjson makes of NaN and infinities, too
            return text
    text = _ENCODER.encode(value)
    return text if is_unicode(text) else _SURROGATE.sub(_escape, text)


def check_unicode(text: str, value: Any) -> None:
    r"""Refuse `value`, as read from `text`, if a string or key in it holds half a surrogate pair.

    Only an escape such as ``\ud800`` can hide one in a text that is fine itself. Writing the value again is then the
    quickest look into all its strings.

    Raises:
        PacketError: there is one.
    """
    if text.isascii() and "\\u" not in text:  # nearly every frame
        return
    is_escaped = r"\ud" in text or r"\uD" in text
    if not is_unicode(_ENCODER.encode(value) if is_escaped else text):
        raise PacketError("A string is not valid Unicode.")


def is_unicode(text: str) -> bool:
    """Tell whether UTF-8 can carry `text`, which it can unless there is half a surrogate pair in it."""
    if text.isascii():  # which a string knows without looking
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _read_slowly(text: str) -> Any:
    """Read what is not a value alone: white space is around it, or it is not JSON."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise PacketError(f"This is not valid JSON from character {error.pos + 1} on.") from error


def _is_too_deep(text: str) -> bool:
    depth = 0
    for match in _BRACKET_OR_STRING.finditer(text):
        bracket = match[0]
        if bracket in "[{":
            depth += 1
            if depth > DEPTH_MAX:
                return True
        elif bracket in "]}":
            depth -= 1
    return False


def _escape(surrogate: re.Match[str]) -> str:
    return f"\\u{ord(surrogate[0]):04x}"


def _as_orjson(value: Any) -> Any:
    from uuid import UUID  # few applications have one

    if isinstance(value, Enum):
        return value.value
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _read_float(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise PacketError("A number is out of range.")
    return number


def _read_int(text: str) -> int:
    if len(text) > INTEGER_LENGTH_MAX:
        raise PacketError("A number is out of range.")
    return int(text)


def _refuse_constant(name: str) -> NoReturn:
    raise PacketError(f"This is not valid JSON: {name} is not a number there.")


_DECODER = json.JSONDecoder(parse_float=_read_float, parse_int=_read_int, parse_constant=_refuse_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_as_orjson)
