"""What accepting a message may come to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ids:
    """The names under which a message and its answer were accepted."""

    message_id: str
    reply_id: str
    timestamp: int


class Known(Exception):  # noqa: N818 - an outcome of `Conversations.accept`
    """The client's id was used before, for `ids`."""

    def __init__(self, ids: Ids) -> None:
        super().__init__("known")
        self.ids = ids


class Running(Exception):  # noqa: N818
    """An answer runs in this chat."""

    def __init__(self, reply_id: str) -> None:
        super().__init__("running")
        self.reply_id = reply_id


class Behind(Exception):  # noqa: N818
    """The new id does not come after `last_id`, the chat's newest."""

    def __init__(self, last_id: str) -> None:
        super().__init__("behind")
        self.last_id = last_id


class Passed(Exception):  # noqa: N818
    """The answer that was to be replaced is not the chat's newest, or its line is gone."""


class Contended(Exception):  # noqa: N818
    """Others write to the same chat all the time; nothing was stored."""
