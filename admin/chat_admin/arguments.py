"""Options and values on a command line whose values may begin with a dash, as one id in 64 of API Gateway's does.

| word | taken as |
|---|---|
| an option of the command: ``--plan``, ``--plan=pro``, ``-h`` | that option; the word after ``--plan`` is its value |
| ``--word`` or ``--word=…``, in small letters, but no option | an option that was mistyped: refused |
| anything else, ``-JkR…`` and ``--7Tq…`` too | a value |
| what follows ``--`` | a value |

Where that makes more values than the command takes, one that begins with a dash was meant as an option, and is refused.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, TypeVar

import typer
from typer.core import TyperCommand

LOOKS_LIKE_AN_OPTION = re.compile(r"--[a-z]+(-[a-z]+)*(=.*)?", re.DOTALL)

Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Options:
    """The options that a command has: with a value, and without."""

    valued: Collection[str]
    flags: Collection[str]


@dataclass
class Words:
    """A command line, told apart. `after`: what followed ``--``; None where there was none."""

    options: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    after: list[str] | None = None
    lacks_a_value: bool = False

    @property
    def values(self) -> list[str]:
        """What is not an option, before and after ``--``."""
        return [*self.others, *(self.after or [])]

    def suspect(self, takes: int) -> str | None:
        """Return the word that must be a mistyped option, if there is one; `takes`: how many values there may be."""
        looking_like_one = (word for word in self.others if LOOKS_LIKE_AN_OPTION.fullmatch(word))
        dashed = (word for word in self.others if len(self.values) > takes and word.startswith("-") and word != "-")
        return next(looking_like_one, None) or next(dashed, None)


def told_apart(arguments: Sequence[str], options: Options) -> Words:
    """Return the options among the arguments, each with its value, and the other words."""
    words = Words()
    waiting = iter(arguments)
    for argument in waiting:
        if argument == "--":
            words.after = list(waiting)
        elif argument in options.valued:
            value = next(waiting, None)
            words.lacks_a_value = value is None
            words.options += [argument] if value is None else [argument, value]
        elif argument.partition("=")[0] in {*options.valued, *options.flags}:
            words.options.append(argument)
        else:
            words.others.append(argument)
    return words


class Command(TyperCommand):
    """A command whose values may begin with a dash."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put the options first and ``--`` before the values, which leaves the parser nothing to guess."""
        parameters = self.get_params(ctx)
        options = _options(parameters)
        words = told_apart(args, options)
        takes = sum(parameter.param_type_name == "argument" for parameter in parameters)
        if suspect := words.suspect(takes):
            ctx.fail(_unknown(suspect, [*options.valued, *options.flags]))
        if words.lacks_a_value:  # the parser says so, unless it finds one
            return super().parse_args(ctx, words.options)
        return super().parse_args(ctx, [*words.options, "--", *words.values])


class Commands(typer.Typer):
    """A group of such commands."""

    def command(self, name: str | None = None, **options: Any) -> Callable[[Function], Function]:
        """Register a command, as `typer.Typer.command` does."""
        return super().command(name, **{"cls": Command, **options})


def _options(parameters: Sequence[Any]) -> Options:
    """Return a command's options; each of them takes one value or is a flag."""
    found = [parameter for parameter in parameters if parameter.param_type_name == "option"]
    return Options(
        valued={name for option in found if not option.is_flag for name in option.opts},
        flags={name for option in found if option.is_flag for name in [*option.opts, *option.secondary_opts]},
    )


def _unknown(word: str, known: Collection[str]) -> str:
    name = word.partition("=")[0]
    near = get_close_matches(name, known, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    return f"No such option: {name}.{meant} A value that looks like an option goes after --"
