"""How an agent feels about a user, and how one turn of talk changes it.

A relation is three things a client can show: emotions, a level that grows with time spent together, and one word for
where the two stand. `RelationModel` is the seam: the writer that ends an answer asks a model for the relation after it
and stores what it says, so a richer model replaces `SimpleModel` without touching anything else.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio_chat.agents.model import Reply

LEVEL_MAX = 100  # the wire's `relationLevel` is an integer 0…100

REST: Mapping[str, float] = {"joy": 0.3, "trust": 0.2, "affection": 0.1, "curiosity": 0.4, "sadness": 0.0}
"""The emotions an agent has, each with the value it calms down to when nothing feeds it."""

STATES: tuple[tuple[int, str], ...] = (
    (85, "confidant"),
    (60, "close"),
    (30, "friend"),
    (10, "acquaintance"),
    (0, "stranger"),
)
"""The lowest level of each state, highest first."""

CALMING = 0.1  # share of the way back to rest that every emotion goes in a turn
SHIFT_MAX = 0.2  # the most that one turn moves an emotion before it calms: no single sentence decides a relation
POINTS_MAX = 3  # the most that one turn moves the level
EFFORT_WORDS = 12  # a message of so many words counts as an effort


@dataclass(frozen=True, slots=True)
class Relation:
    """Where an agent and a user stand. An illegal one cannot exist.

    Attributes:
        emotions: Names to strengths in 0…1.
        level: 0 (never met) … 100.
        state: One word for the level, for people.

    Raises:
        ValueError: A strength or the level is out of bounds, or `state` is not one word.
    """

    emotions: Mapping[str, float]
    level: int
    state: str

    def __post_init__(self) -> None:
        if not all(0.0 <= strength <= 1.0 for strength in self.emotions.values()):
            raise ValueError("an emotion is out of 0…1")
        if not 0 <= self.level <= LEVEL_MAX:
            raise ValueError(f"level is out of 0…{LEVEL_MAX}")
        if len(self.state.split()) != 1:
            raise ValueError("state is one word")


def shifts(told: Mapping[str, object]) -> dict[str, float]:
    """What of a mood holds: a finite number for each emotion that there is, cut to -1…1. The rest is ignored."""
    return {
        name: float(max(-1.0, min(1.0, shift)))
        for name, shift in told.items()
        if name in REST and isinstance(shift, int | float) and not isinstance(shift, bool) and _is_finite(shift)
    }


def _is_finite(number: float) -> bool:
    return isinstance(number, int) or math.isfinite(number)  # an int may be too large to be a float


class RelationModel(Protocol):
    """The seam: a pure rule from one relation to the next."""

    def after_turn(self, relation: Relation, message: str, reply: Reply) -> Relation:
        """The relation once `reply` has answered `message`. The same arguments give the same relation."""
        ...


def state_of(level: int) -> str:
    """The word for a level, e.g. ``friend`` for 30…59."""
    return next(state for least, state in STATES if level >= least)


FRESH = Relation(emotions=REST, level=0, state=state_of(0))
"""Two who have never spoken."""


class SimpleModel:
    """The default model: emotions are fed by moods and calm down again, the level grows by being kind company.

    Each emotion moves by the answer's mood, `SHIFT_MAX` at most, and then a tenth of the way back to rest. The level
    gains a point for the turn and one for a message with some effort in it; the trust and affection that the answer
    expresses add or take the rest, so only a hurtful turn costs. Nothing said in answer, nothing gained.
    """

    def after_turn(self, relation: Relation, message: str, reply: Reply) -> Relation:
        """Apply one turn; cost: a handful of additions, no I/O."""
        level = min(LEVEL_MAX, max(0, relation.level + _points(message, reply)))
        emotions = {
            name: _moved(relation.emotions.get(name, rest), _shift(reply, name), rest) for name, rest in REST.items()
        }
        return Relation(emotions=emotions, level=level, state=state_of(level))


def _points(message: str, reply: Reply) -> int:
    """What the turn is worth to the level, -POINTS_MAX…POINTS_MAX."""
    spoke = 1 if reply.text.strip() else 0
    effort = 1 if spoke and len(message.split()) >= EFFORT_WORDS else 0
    warmth = round(10 * (_shift(reply, "trust") + _shift(reply, "affection")))
    return max(-POINTS_MAX, min(POINTS_MAX, spoke + effort + warmth))


def _shift(reply: Reply, name: str) -> float:
    """The bounded shift of one emotion; a mood that is not a number moves nothing."""
    shift = reply.mood.get(name, 0.0)
    return max(-SHIFT_MAX, min(SHIFT_MAX, shift)) if math.isfinite(shift) else 0.0


def _moved(strength: float, shift: float, rest: float) -> float:
    """One emotion after a shift and some calming, to three places: enough to show, and the same on every machine."""
    shifted = min(1.0, max(0.0, strength + shift))
    return round(shifted + (rest - shifted) * CALMING, 3)
