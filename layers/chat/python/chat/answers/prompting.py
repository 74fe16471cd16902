"""What a model is asked: its instructions, as much of the chat as fits, and the message."""

from __future__ import annotations

from itertools import dropwhile, groupby
from typing import TYPE_CHECKING

from chat.answers.moods import REQUEST
from chat.live import IN_ITS_PLACE, Line, Prompt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from chat.live import Model
    from chat.ports import Message
    from chat.relations import Relation

BYTES_PER_TOKEN = 3  # English has about 4, most other scripts about 3 with one character each: rather too many tokens
LINE_TOKENS = 4  # what a provider adds to each line
SILENCE = "…"  # for a message of white space, which providers refuse


def prompt(model: Model, relation: Relation, newest_first: Iterable[Message], message: str) -> Prompt:
    """The question that `message` is, after as many whole turns as `model.history_tokens` has room for."""
    lines = [*_recent(newest_first, model.history_tokens), Line("user", message if message.strip() else SILENCE)]
    return Prompt(model, _system(model, relation), _alternating(lines))


def tokens(text: str) -> int:
    """An estimate of what a line costs, on the high side."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN) + LINE_TOKENS


def _system(model: Model, relation: Relation) -> str:
    if not model.feels:
        return model.system
    felt = ", ".join(f"{name} {strength:g}" for name, strength in relation.emotions.items())
    stand = f"You and this user: {relation.state}, {relation.level} of 100. What you feel, 0 to 1: {felt}."
    return "\n\n".join(part for part in (model.system, stand, REQUEST) if part)


def _recent(newest_first: Iterable[Message], room: int) -> list[Line]:
    """The newest turns that fit together, oldest first. No more is read than that."""
    kept: list[Line] = []
    for turn in _turns(newest_first):
        room -= sum(tokens(line.text) for line in turn)
        if room < 0:
            break
        kept = turn + kept
    return kept


def _turns(newest_first: Iterable[Message]) -> Iterator[list[Line]]:
    """Turns, newest first: a message of the user's with what was answered."""
    turn: list[Line] = []
    for message in newest_first:
        if message.role == "agent" and message.text in IN_ITS_PLACE:
            continue
        turn.insert(0, Line(message.role, message.text))
        if message.role == "user":
            yield turn
            turn = []


def _alternating(lines: Iterable[Line]) -> list[Line]:
    """The same from the user's first line on, none empty, neighbours of one role as one: what providers insist on."""
    spoken = dropwhile(lambda line: line.role == "agent", (line for line in lines if line.text.strip()))
    return [
        Line(role, "\n\n".join(line.text for line in same))
        for role, same in groupby(spoken, key=lambda line: line.role)
    ]
