"""What goes wrong in front of an operator: one line that says what to do next."""

from collections.abc import Iterator
from contextlib import contextmanager


class AdminError(Exception):
    """A command that could not be carried out; the message is shown as written."""


@contextmanager
def hint(text: str) -> Iterator[None]:
    """Add what to do next to an error of the stores."""
    try:
        yield
    except (LookupError, ValueError) as error:
        raise AdminError(f"{error.args[0]}. {text}") from error
