"""The demo's agent: offline, built of rules, and honest about it.

A turn is read for one subject, the courtesies around it and a few facts (a name, earlier topics); the answer is a
courtesy returned, a thought on the subject and a question. A stable hash of the turn chooses among what fits, and what
was said lately is not said again while there is something else to say.
"""

from __future__ import annotations

from hashlib import blake2b
from string import Formatter
from typing import TYPE_CHECKING

from companion import reading, tales
from companion.manners import CALLBACKS
from serverless_socketio_chat.agents import REPLY_MAX, Reply

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from companion.rules import Rule
    from serverless_socketio_chat.agents import Turn

FRIEND_LEVEL = 30  # of the relation: from here on the companion greets like a friend


def answer(turn: Turn) -> Reply:
    """An answer of some 20 to 80 words; a story or an answer asked to be long has 150 to 250.

    The same turn gets the same reply.
    """
    heard = reading.read(turn.text, turn.history)
    voice = Voice(turn, {**_facts(turn, heard), **heard.facts})
    rule, lead = heard.subject, heard.courtesy
    parts = (
        voice.choose(lead.lead) if lead else "",
        voice.choose(rule.replies),
        voice.choose(_questions(rule, voice), personal=False),
    )
    mood = _together(rule.mood, lead.mood if lead else {})
    return Reply(" ".join(part for part in parts if part)[:REPLY_MAX], mood)


class Voice:
    """Chooses among phrases for one turn, and fills in the facts."""

    def __init__(self, turn: Turn, facts: Mapping[str, str]) -> None:
        self._facts = facts
        self._said = "\n".join(line.text for line in turn.history if line.role == "agent")
        self._seed = seed_of(turn)

    def choose(self, phrases: Sequence[str], *, personal: bool = True) -> str:
        """A phrase whose facts are known: if possible not said lately and, if `personal`, with the most facts in it."""
        known = [phrase for phrase in phrases if fields(phrase) <= self._facts.keys()]
        fresh = [phrase for phrase in known if phrase.format_map(self._facts) not in self._said] or known
        if personal:
            most = max((len(fields(phrase)) for phrase in fresh), default=0)
            fresh = [phrase for phrase in fresh if len(fields(phrase)) == most]
        return pick(fresh, self._seed).format_map(self._facts) if fresh else ""

    def one_of(self, options: Sequence[str]) -> str:
        """One of the options as it stands, by the turn alone."""
        return pick(options, self._seed)


def fields(phrase: str) -> set[str]:
    """The facts that a phrase needs."""
    return {name for _, name, _, _ in Formatter().parse(phrase) if name}


def seed_of(turn: Turn) -> bytes:
    """What the choices of a turn hang on: who, what, and what was just said. The same in every process."""
    digest = blake2b(digest_size=8)
    recent = [line.text for line in turn.history[-4:]]
    again = [] if turn.replaces is None else [turn.replaces]
    for part in (turn.user_id, turn.agent_id, turn.text, str(len(turn.history)), *recent, *again):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.digest()


def pick(options: Sequence[str], seed: bytes) -> str:
    """One of the options; which one depends on the seed and on the options themselves."""
    salt = blake2b("\0".join(options).encode(), key=seed, digest_size=8).digest()
    return options[int.from_bytes(salt) % len(options)]


def _facts(turn: Turn, heard: reading.Heard) -> dict[str, str]:
    """What phrases may mention besides what the message itself says."""
    slots = {slot: pick(options, seed_of(turn) + slot.encode()) for slot, options in tales.SLOTS.items()}
    about = heard.facts.get("about", "")
    hero = tales.HERO.fullmatch(about)
    return {
        **slots,
        **({"hero": hero[1]} if hero else {}),
        "asked": f"You asked for one about {about}, so here it is. " if about else "",
        **({"friend": ""} if turn.relation.level >= FRIEND_LEVEL else {}),
    }


def _questions(rule: Rule, voice: Voice) -> Sequence[str]:
    """The rule's own, and now and then one about an earlier topic, though never to somebody in distress."""
    if not rule.asks or rule.mood.get("sadness"):
        return rule.asks
    return (*rule.asks, voice.one_of(CALLBACKS))


def _together(*moods: Mapping[str, float]) -> dict[str, float]:
    """The moods added up, each emotion within -1…1."""
    names = {name for mood in moods for name in mood}
    sums = {name: sum(mood.get(name, 0.0) for mood in moods) for name in sorted(names)}
    return {name: round(max(-1.0, min(1.0, shift)), 3) for name, shift in sums.items()}
