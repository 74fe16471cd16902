"""Message ids: 48 bits of milliseconds and 80 random bits as 26 characters that sort by time (https://github.com/ulid/spec)."""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base 32, ascending in ASCII
LENGTH = 26
RANDOM_BITS = 80
STEP_BITS = 40  # how far apart two ids of one millisecond may lie


def new(now_ms: int) -> str:
    """An id for something that happens now."""
    return _text(now_ms << RANDOM_BITS | secrets.randbits(RANDOM_BITS - 1))  # half the space is left for `after`


def after(last: str) -> str:
    """An id a little greater than `last`, which cannot be guessed either."""
    return _text(_number(last) + 1 + secrets.randbits(STEP_BITS))


def _text(number: int) -> str:
    return "".join(ALPHABET[number >> 5 * place & 31] for place in reversed(range(LENGTH)))


def _number(text: str) -> int:
    number = 0
    for char in text:
        number = number << 5 | ALPHABET.index(char)
    return number
