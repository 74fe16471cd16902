"""What an operator gives to a command, and how it answers in the terminal."""

import argparse
import sys
from collections.abc import Mapping, Sequence

PRIVATE = "VAPID_PRIVATE_KEY"
"""Of the settings, the one that neither the CDK nor a template may know."""


def known(arguments: Sequence[str]) -> argparse.Namespace:
    """Return those of the CDK's options that matter here, too: `context`, `profile`, `outputs_file`."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("-c", "--context", action="append", default=[])
    parser.add_argument("--profile")
    parser.add_argument("--outputs-file", "-O")
    return parser.parse_known_args(list(arguments))[0]


def without_secrets(given: Mapping[str, str]) -> dict[str, str]:
    """Return what the CDK may know of the settings."""
    return {name: value for name, value in given.items() if name != PRIVATE}


def say(line: str) -> None:
    """Print a line at once, beside what the CDK prints."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201
