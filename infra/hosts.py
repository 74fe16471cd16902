"""Names that strangers on the internet can reach, and names that never lead anywhere but home."""

import re

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")  # RFC 1123 section 2.1
NAME_MAX = 253  # RFC 1035 section 3.1, without the dot at the end
TOP_LEVEL = re.compile(r"[a-z]{2,}|xn--[a-z0-9-]+")  # so that no IP address passes
NOT_PUBLIC = frozenset(
    {
        *("arpa", "example", "invalid", "localhost", "test"),  # RFC 6761
        *("alt", "local", "onion"),  # RFC 9476, RFC 6762, RFC 7686
        *("corp", "home", "internal", "intranet", "lan", "localdomain", "mail", "private"),  # never in the public DNS
    }
)
EXAMPLES = frozenset({"example.com", "example.net", "example.org"})  # RFC 2606 section 3


def is_public(name: str) -> bool:
    """Whether a name, in small letters, can be that of a host on the internet."""
    *labels, top = name.split(".")
    if not labels or len(name) > NAME_MAX or top in NOT_PUBLIC or not TOP_LEVEL.fullmatch(top):
        return False
    return all(LABEL.fullmatch(label) for label in labels)


def is_example(name: str) -> bool:
    """Whether it is reserved for documentation, and so no host's."""
    return ".".join(name.split(".")[-2:]) in EXAMPLES


def is_pattern(pattern: str) -> bool:
    """Whether it is a public name, or ``*.`` and one: every name below it. A suffix alone, ``*.com``, is none."""
    return is_public(pattern.removeprefix("*."))
