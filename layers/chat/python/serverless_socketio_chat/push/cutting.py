"""Texts cut where a person sees a character end: never within a letter and its accents, an emoji, a flag."""

from __future__ import annotations

from unicodedata import category, combining

ELLIPSIS = "…"
JOINER, NON_JOINER = "\u200d", "\u200c"
VIRAMA = 9  # its combining class: it joins two consonants into one sign


def cut(text: str, length: int) -> str:
    """A beginning of `text`, of `length` code points at most, and an ellipsis; the whole text if it fits."""
    if len(text) <= length:
        return text
    while length > 0 and _belong_together(text, length):
        length -= 1
    return text[:length].rstrip() + ELLIPSIS


def _belong_together(text: str, at: int) -> bool:
    """Whether no character ends before `at`.

    The rules of UAX #29 (extended grapheme clusters) as far as the standard library knows characters' properties; where
    it does not, e.g. of Hangul's parts, a few more are kept together than would be needed.
    """
    before, after = text[at - 1], text[at]
    if _extends(after) or before == JOINER or combining(before) == VIRAMA:
        return True
    if _is_region(before) and _is_region(after):
        return _regions_before(text, at) % 2 == 1
    pair = before + after
    return pair == "\r\n" or _is_split_surrogate(pair) or all(map(_is_hangul_part, pair))


def _extends(char: str) -> bool:
    """Accents, vowel signs, variation selectors, joiners, skin tones, the tags of flags."""
    return category(char) in {"Mn", "Me", "Mc"} or char in {JOINER, NON_JOINER} or _is_modifier(char)


def _is_modifier(char: str) -> bool:
    return "\U0001f3fb" <= char <= "\U0001f3ff" or "\U000e0020" <= char <= "\U000e007f" or "\uff9e" <= char <= "\uff9f"


def _is_region(char: str) -> bool:
    """Half a flag."""
    return "\U0001f1e6" <= char <= "\U0001f1ff"


def _regions_before(text: str, at: int) -> int:
    start = at
    while start > 0 and _is_region(text[start - 1]):
        start -= 1
    return at - start


def _is_hangul_part(char: str) -> bool:
    """A part of a syllable that is written in several code points, or a syllable that takes a part more."""
    return "\u1100" <= char <= "\u11ff" or "\ua960" <= char <= "\ua97c" or "\uac00" <= char <= "\ud7fb"


def _is_split_surrogate(pair: str) -> bool:
    return "\ud800" <= pair[0] <= "\udbff" and "\udc00" <= pair[1] <= "\udfff"
