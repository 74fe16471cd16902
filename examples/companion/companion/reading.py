"""What the companion makes of a message: its subject, a courtesy beside it, and the facts it brings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from companion import feelings, manners, oddities, tales, topics
from companion.rules import JOKE_OFFER, STORY_OFFER

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from companion.rules import Rule
    from serverless_socketio_chat.agents import Line

LONG_CHARS = 1_200  # a longer message is beyond what patterns can follow
QUOTE_CHARS = 60
CURLY = "\N{RIGHT SINGLE QUOTATION MARK}"  # what phones write for an apostrophe
HISTORY_LINES = 40  # how far back to look for names and topics; each line costs some 50 µs …
HISTORY_CHARS = 300  # … as long as no more than its beginning is read
REST_WORDS = 3  # what must be left beside a courtesy for it not to be the whole message

SUBJECTS: tuple[Rule, ...] = (
    tales.STORY,
    tales.LONG,
    tales.MORE,
    manners.FAREWELL,
    *manners.SHORT_ANSWERS,
    manners.MEMORY,
    *feelings.FEELINGS,
    tales.JOKE,
    *topics.ABOUT_ME,
    topics.ADVICE,
    topics.FACTS,
    *topics.SMALL_TALK,
)
"""What a message can be about, by precedence: what was asked for, then feelings, then small talk."""

OFFERS: Mapping[str, Rule] = {STORY_OFFER: tales.STORY, JOKE_OFFER: tales.JOKE}
"""What a yes means to the question that was asked last."""

TURNED = {"my": "your", "me": "you", "i": "you", "myself": "yourself", "mine": "yours"}


@dataclass(frozen=True)
class Heard:
    """A message, understood as far as it goes."""

    subject: Rule
    courtesy: Rule | None
    facts: Mapping[str, str]


def read(message: str, history: Sequence[Line]) -> Heard:
    """Read a message in the light of what was said before it."""
    text = squeezed(message)
    subject = _accepted(text, history) or subject_of(message)
    courtesies = [] if subject in oddities.ALL or subject is feelings.CARE else _beside(subject, text)
    return Heard(subject, next(iter(courtesies), None), _facts(message, subject, history))


def subject_of(message: str) -> Rule:
    """The rule whose business the message is; there always is one."""
    raw, own_case = plain(message), squeezed(message)
    text = own_case.lower()
    if feelings.CARE.pattern.search(text):
        return feelings.CARE
    if len(raw) > LONG_CHARS:
        return oddities.LONG_MESSAGE
    odd = _first(oddities.STRANGE, raw) or (oddities.FOREIGN if is_foreign(text) else None)
    return odd or _first(SUBJECTS, text) or _courtesy(own_case) or _first(oddities.FALLBACKS, text) or oddities.REMARK


def plain(text: str) -> str:
    """In lower case, with straight apostrophes and no white space around."""
    return text.replace(CURLY, "'").strip().lower()


def squeezed(text: str) -> str:
    """On one line, with straight apostrophes, in its own case."""
    return " ".join(text.replace(CURLY, "'").split())


def is_foreign(text: str) -> bool:
    """Whether a text is in a script or, by its small words, in a language other than English."""
    letters = [char for char in text if char.isalpha()]
    if sum(not char.isascii() for char in letters) > 0.4 * len(letters):
        return True
    words = set(re.findall(r"[^\W\d_]+", text))
    return bool(words & oddities.FOREIGN_WORDS) and not words & oddities.ENGLISH_WORDS


def name_in(text: str) -> str | None:
    """The name by which the text asks to be called, its first letter capital."""
    match = manners.INTRODUCTION.pattern.search(squeezed(text)[:LONG_CHARS])
    given = next((name for name in match.groups() if name), "").rstrip("'-") if match else ""
    return given[:1].upper() + given[1:] if given else None


def _first(rules: Sequence[Rule], text: str) -> Rule | None:
    return next((rule for rule in rules if rule.pattern.search(text)), None)


def _courtesy(text: str) -> Rule | None:
    """The courtesy that a message is, when next to nothing is left without it."""
    rest = text
    for rule in manners.COURTESIES:
        rest = rule.pattern.sub(" ", rest)
    return None if len(re.findall(r"\w+", rest)) >= REST_WORDS else _first(manners.COURTESIES, text)


def _beside(subject: Rule, text: str) -> list[Rule]:
    """The courtesies in a message that are not part of its subject."""
    at = subject.pattern.search(text.lower())
    matches = ((rule, rule.pattern.search(text)) for rule in manners.COURTESIES if rule is not subject)
    return [rule for rule, match in matches if match and not (at and _overlap(at, match))]


def _overlap(one: re.Match[str], other: re.Match[str]) -> bool:
    return one.start() < other.end() and other.start() < one.end()


def _accepted(text: str, history: Sequence[Line]) -> Rule | None:
    """What was offered last, if this is a yes to it."""
    last = history[-1].text if history and history[-1].role == "agent" else ""
    offered = next((rule for offer, rule in OFFERS.items() if last.endswith(offer)), None)
    return offered if offered and manners.ASSENT.pattern.search(text.lower()) else None


def _facts(message: str, subject: Rule, history: Sequence[Line]) -> dict[str, str]:
    """What phrases may mention: a fact that is not known is not there."""
    recent = history[-HISTORY_LINES:]
    mine = [line.text[:HISTORY_CHARS] for line in reversed(recent) if line.role == "user"]
    name = next((name for text in (message, *mine) if (name := name_in(text))), None)
    topics_before = _topics(mine, subject)
    last = history[-1].text if history else ""
    facts = {
        "quote": _quoted(message),
        **({"name": name} if name else {"nameless": ""}),
        **({"topics": " and ".join(topics_before[:2])} if topics_before else {}),
        **({"topic": topics_before[0]} if topics_before and topics_before[0] not in last else {}),
    }
    return {**facts, **_named(subject, squeezed(message).lower())}


def _topics(mine: Sequence[str], subject: Rule) -> list[str]:
    """What the user talked about before, newest first, apart from the present subject."""
    seen = dict.fromkeys(subject_of(text).topic for text in mine)
    return [topic for topic in seen if topic and topic != subject.topic]


def _named(subject: Rule, text: str) -> dict[str, str]:
    """The named groups of the subject's pattern, seen from the other side ("my cat" is "your cat")."""
    match = subject.pattern.search(text)
    groups = match.groupdict() if match else {}
    return {name: _turned(value) for name, value in groups.items() if value}


def _turned(text: str) -> str:
    return " ".join(TURNED.get(word, word) for word in text.split())


def _quoted(message: str) -> str:
    """The message's beginning, fit to be quoted."""
    text = squeezed(message)
    return text if len(text) <= QUOTE_CHARS else f"{text[:QUOTE_CHARS].rstrip()}…"
