r"""The shape of what the companion knows: rules, and the patterns that they are written in.

Rules are data. Patterns meet text in lower case with straight apostrophes and, but for `oddities`, single spaces; each
takes time linear in the text. A reply may name facts in braces (`{name}`, `{topic}` …): one whose facts are unknown in
a turn is no candidate in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "Mira"
STORY_OFFER = "Shall I tell you a short story?"
JOKE_OFFER = "Would a small joke help?"


@dataclass(frozen=True)
class Rule:
    """When the pattern is found, one of the replies fits.

    Attributes:
        pattern: Its named groups become facts.
        replies: Whole thoughts, of which one is said.
        asks: Questions, of which one follows.
        mood: The shift of emotions that the reply expresses.
        topic: What to call the subject when coming back to it later, e.g. "your work"; empty: never come back to it.
        lead: For a courtesy that comes along with something weightier: short sentences, one of which goes ahead.
    """

    pattern: re.Pattern[str]
    replies: tuple[str, ...]
    asks: tuple[str, ...] = ()
    mood: Mapping[str, float] = field(default_factory=dict)
    topic: str = ""
    lead: tuple[str, ...] = ()


ANYTHING = re.compile("")


def found(*alternatives: str) -> re.Pattern[str]:
    """Any of the alternatives, as whole words."""
    return re.compile(rf"\b(?:{'|'.join(alternatives)})\b")


def whole(*alternatives: str) -> re.Pattern[str]:
    """Any of the alternatives, and nothing but punctuation around."""
    return re.compile(rf"^\W*(?:{'|'.join(alternatives)})\W*$")


def felt(words: str, *others: str) -> re.Pattern[str]:
    """The user's own feeling: "i'm really sad" or a bare "so sad", but neither "not sad" nor "she is sad".

    Args:
        words: The feeling's names, as one alternation.
        others: Further patterns that say the same without naming it.
    """
    mine = r"\bi(?:'?m| am| feel| felt| was|'ve been| have been| get| keep)(?: (?!not\b|never\b)[\w']+,?){0,3}? "
    bare = r"^(?:(?:so|very|really|just|feeling|a bit|pretty|quite|too) )*"
    said = rf"(?:{mine}|{bare})(?:feeling )?(?:{words})\b(?! (?:to hear|that you|for|about you|at)\b)"
    return re.compile("|".join((said, *others)))


def words(text: str) -> frozenset[str]:
    """The words of a text, for looking up."""
    return frozenset(text.split())
