"""Settings, each declared once: a field of a frozen dataclass has its name, type, default, bounds and words.

::

    @dataclass(frozen=True, kw_only=True)
    class Settings:
        chunk_size: int = number(3, low=1, high=1_000, doc="Words in a chunk")

    Settings(**values(Settings, os.environ))  # CHUNK_SIZE is a whole number from 1 to 1,000, or SettingsError

Functions, synthesis, the local cloud and the page of settings read the same declaration. Only the standard library is
imported: a cold start, the CDK and a build can all load it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

Kind: TypeAlias = Literal["text", "words", "number", "flag", "choice"]

EVERY = ("every function",)
DECLARED = "setting"  # the key of a field's metadata


class SettingsError(Exception):
    """The environment is not what the deployment should have made it."""


class UnfitError(ValueError):
    """A text that is not a value of its setting; the message says what would be, `text` is what does not fit."""

    def __init__(self, wanted: str, text: str) -> None:
        super().__init__(wanted)
        self.text = text


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting.

    Attributes:
        name: The key of a deployment's context, and the field that has the value.
        env: Variables of a function's environment that say it: the first that is not empty wins.
        kind: What its text is read as.
        default: The value where nothing is said.
        low: The least number; likewise `high`, and `step`, of which it is a multiple.
        floor: The least number that functions take, where `low` and `step` are rules of a deployment: tests hurry.
        choices: What a `choice` may be: words, or numbers.
        form: What a `text`, or each of `words`, must look like; `wanted` says it in words.
        who: The functions that are told; none: it is the deployment's alone.
        at_synthesis: Whether the variables count when a stack is synthesised, too, and before its context.
        needed: Whether a function cannot run without it.
        doc: What it does, for the page of settings.
    """

    name: str = ""
    env: tuple[str, ...] = ()
    kind: Kind
    default: Any
    low: int = 0
    high: int = 0
    step: int = 1
    floor: int | None = None
    choices: tuple[str | int, ...] = ()
    form: re.Pattern[str] | None = None
    wanted: str = ""
    who: tuple[str, ...] = EVERY
    at_synthesis: bool = False
    needed: bool = False
    doc: str = ""

    def is_told(self, function: str) -> bool:
        """Whether a function's environment has it."""
        return self.who == EVERY or function in self.who

    @property
    def relaxed(self) -> Setting:
        """The setting as functions take it."""
        return self if self.floor is None else replace(self, low=self.floor, step=1)

    def parse(self, text: str) -> Any:
        """Return the value that a text says. Raises UnfitError."""
        return _PARSERS[self.kind](self, text.strip())

    def write(self, value: Any) -> str:
        """Return the text that says a value; `parse` undoes it."""
        if isinstance(value, bool):
            return str(value).lower()
        return ",".join(value) if isinstance(value, tuple) else str("" if value is None else value)

    def read(self, environ: Mapping[str, str]) -> Any:
        """Return what a function's environment says. Raises SettingsError that names the variable."""
        text = next(filter(None, map(environ.get, self.env)), "")
        if not text and self.needed:
            raise SettingsError(f"{self.env[-1]} is not set")
        try:
            return self.relaxed.parse(text) if text else self.default
        except UnfitError as exc:
            raise SettingsError(f"{self.env[-1]} must be {exc}, not {exc.text!r}") from exc


def text(default: str = "", *, form: str = "", wanted: str = "", **said: Any) -> Any:
    """A field with a text, of a form if one is given."""
    return _field(kind="text", default=default, form=re.compile(form) if form else None, wanted=wanted, **said)


def words(*, form: str = "", wanted: str = "", **said: Any) -> Any:
    """A field with a tuple of what stands between commas, each of a form if one is given."""
    return _field(kind="words", default=(), form=re.compile(form) if form else None, wanted=wanted, **said)


def number(default: int | None, *, low: int, high: int, **said: Any) -> Any:
    """A field with a whole number within bounds; a default of `None` lets there be none."""
    return _field(kind="number", default=default, low=low, high=high, **said)


def choice(*choices: str | int, default: str | int = "", **said: Any) -> Any:
    """A field with one of some words or numbers: the first, unless another is the default."""
    return _field(kind="choice", default=default or choices[0], choices=choices, **said)


def flag(*, default: bool, **said: Any) -> Any:
    """A field that is ``true`` or ``false``."""
    return _field(kind="flag", default=default, **said)


def told(*env: str, default: str = "", needed: bool = False) -> Any:
    """A field with what a deployment alone can know, such as the name of a table; it is not chosen."""
    return _field(kind="text", default=default, env=env, needed=needed)


def declared(settings: type) -> tuple[Setting, ...]:
    """Return the settings of a dataclass, in order. A field that names no variable has that of its own name."""
    return tuple(_named(each.name, each.metadata[DECLARED]) for each in fields(settings) if DECLARED in each.metadata)


def values(settings: type, environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields of a dataclass as an environment says them. Raises SettingsError."""
    return {setting.name: setting.read(environ) for setting in declared(settings)}


def _field(**said: Any) -> Any:
    setting = Setting(**said)
    return field(default=setting.default, metadata={DECLARED: setting})


def _named(name: str, setting: Setting) -> Setting:
    env = (name.upper(),) if setting.who else ()
    return replace(setting, name=setting.name or name, env=setting.env or env)


def _text(setting: Setting, text: str) -> str:
    if setting.form and not setting.form.fullmatch(text):
        raise UnfitError(setting.wanted, text)
    return text


def _words(setting: Setting, text: str) -> tuple[str, ...]:
    return tuple(_text(setting, part.strip()) for part in text.split(",") if part.strip())


def _number(setting: Setting, text: str) -> int | None:
    if not text and setting.default is None:
        return None
    if text.isdecimal() and setting.low <= int(text) <= setting.high and int(text) % setting.step == 0:
        return int(text)
    steps = f", a multiple of {setting.step}" if setting.step > 1 else ""
    raise UnfitError(f"a whole number from {setting.low} to {setting.high}{steps}", text)


def _choice(setting: Setting, text: str) -> str | int:
    for each in setting.choices:
        if text == str(each):
            return each
    raise UnfitError(f"one of {', '.join(map(str, setting.choices))}", text)


def _flag(_: Setting, text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise UnfitError("true or false", text)
    return text.lower() == "true"


_PARSERS = {"text": _text, "words": _words, "number": _number, "choice": _choice, "flag": _flag}
