"""What a model is asked: its instructions, as much of the chat as fits, and the message.

What was refused once would be refused again with whatever is asked later. So a refused turn does not go along, and a
prompt that is refused all the same is tried once more with less of the chat.
"""

from __future__ import annotations

from itertools import chain, dropwhile, groupby
from typing import TYPE_CHECKING

from serverless_socketio_chat.agents.model import SORRY, Line, Prompt, is_placeholder
from serverless_socketio_chat.answers.live.moods import REQUEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from serverless_socketio_chat.agents.model import Failure, Model
    from serverless_socketio_chat.agents.relations import Relation
    from serverless_socketio_chat.answers.model import Message

BYTES_PER_TOKEN = 3  # English has about 4, most other scripts about 3 with one character each: rather too many tokens
LINE_TOKENS = 4  # what a provider adds to each line
SHORT_TOKENS = 500  # of history, when the context was too long: few enough for any model in use, or nearly so
SILENCE = "…"  # for a message of white space, which providers refuse
CUT = "…"  # ends a line that was cut


class PromptContext:
    """One question to a model, with as much of the chat as `model.history_tokens` has room for: whole turns.

    `newest_first`: the chat before it; no more is read than that.
    """

    def __init__(self, model: Model, relation: Relation, newest_first: Iterable[Message], message: str) -> None:
        self._model = model
        self._system = _system(model, relation)
        self._turns = _recent(_turns(newest_first), model.history_tokens)
        self._message = message if message.strip() else SILENCE
        self._is_short = False

    @property
    def prompt(self) -> Prompt:
        """The question as it is asked now."""
        lines = [*chain.from_iterable(self._turns), Line("user", self._message)]
        return Prompt(self._model, self._system, _alternating(lines))

    def shorten(self, why: Failure) -> bool:
        """Let it go with less of the chat, since a provider refused it; once, and only if there is less.

        Of a context that is too long the end stays, a quarter at most. Of one that is refused nothing does: a filter
        may have found what it took before.
        """
        if self._is_short or not self._turns:
            return False
        room = min(SHORT_TOKENS, sum(map(_size, self._turns)) // 4) if why == "too_long" else 0
        self._is_short = True
        self._turns = _recent(reversed(self._turns), room)
        return True


def tokens(text: str) -> int:
    """An estimate of what a line costs, on the high side."""
    return -(-len(text.encode("utf-8", "surrogatepass")) // BYTES_PER_TOKEN) + LINE_TOKENS


def _system(model: Model, relation: Relation) -> str:
    if not model.feels:
        return model.system
    felt = ", ".join(f"{name} {strength:g}" for name, strength in relation.emotions.items())
    stand = f"You and this user: {relation.state}, {relation.level} of 100. What you feel, 0 to 1: {felt}."
    return "\n\n".join(part for part in (model.system, stand, REQUEST) if part)


def _recent(newest_first: Iterable[Sequence[Line]], room: int) -> list[Sequence[Line]]:
    """The newest turns that fit together, oldest first; the newest is rather cut than left out."""
    kept: list[Sequence[Line]] = []
    for turn in newest_first:
        room -= _size(turn)
        if room < 0:
            return kept or _cut(turn, room + _size(turn))
        kept.insert(0, turn)
    return kept


def _cut(turn: Sequence[Line], room: int) -> list[Sequence[Line]]:
    """A turn whose lines have an equal share of the room, and what the others leave; none if that is too little."""
    cut = list(turn)
    shortest_first = sorted(range(len(turn)), key=lambda index: tokens(turn[index].text))
    for done, index in enumerate(shortest_first):
        line = turn[index]
        text = _fit(line.text, room // (len(turn) - done))
        if not text:
            return []
        room -= tokens(text)
        cut[index] = Line(line.role, text)
    return [cut]


def _fit(text: str, room: int) -> str:
    """As much of a text's beginning as so many tokens are."""
    if tokens(text) <= room:
        return text
    size = (room - LINE_TOKENS) * BYTES_PER_TOKEN - len(CUT.encode())
    beginning = text.encode("utf-8", "surrogatepass")[: max(0, size)].decode("utf-8", "ignore")
    return beginning + CUT if beginning.strip() else ""


def _size(turn: Iterable[Line]) -> int:
    return sum(tokens(line.text) for line in turn)


def _turns(newest_first: Iterable[Message]) -> Iterator[list[Line]]:
    """Turns, newest first: a message of the user's with what was answered, unless it was refused."""
    turn: list[Line] = []
    is_refused = False
    for message in newest_first:
        is_refused = is_refused or _was_refused(message)
        if message.role == "agent" and is_placeholder(message.text):
            continue
        turn.insert(0, Line(message.role, message.text))
        if message.role == "user":
            if not is_refused:
                yield turn
            turn, is_refused = [], False


def _was_refused(reply: Message) -> bool:
    """Whether this answers what a provider refused; those that were stored before that was noted say it."""
    return reply.refused or (reply.role == "agent" and reply.text == SORRY["rejected"])


def _alternating(lines: Iterable[Line]) -> list[Line]:
    """The same from the user's first line on, none empty, neighbours of one role as one: what providers insist on."""
    spoken = dropwhile(lambda line: line.role == "agent", (line for line in lines if line.text.strip()))
    return [
        Line(role, "\n\n".join(line.text for line in same))
        for role, same in groupby(spoken, key=lambda line: line.role)
    ]
