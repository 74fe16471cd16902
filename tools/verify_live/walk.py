"""Asks everything side by side: most of a probe's time is waiting."""

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from botocore.exceptions import BotoCoreError, ClientError
from websockets.exceptions import ConnectionClosed

from tools.doctor.client import Denied, Refused, Silent
from tools.findings import Unchecked
from tools.verify_live.items import Item, NotAsked, Refuted, Scene
from tools.verify_live.visitors import AdminError

ANSWERS = (Refused, Denied, Silent, OSError, ConnectionClosed, AdminError, BotoCoreError, ClientError)
"""What a probe meets where something is not as it should be, and does not expect itself."""


class Outcome(Enum):
    """In the word that is printed."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    NOT_ASKED = "not asked"


@dataclass(frozen=True)
class Verdict:
    """What became of a probe: `says` is what it saw, or why it did not look."""

    item: Item
    outcome: Outcome
    says: str


def walk(items: Sequence[Item], scene: Scene) -> Iterator[Verdict]:
    """Yield a verdict for each item, as they come. Threads that are not waited for any more die with the process."""
    found: queue.Queue[Verdict | BaseException] = queue.Queue()
    for item in items:
        threading.Thread(target=_put, args=(found, item, scene), daemon=True).start()
    for _ in items:
        verdict = found.get()
        if isinstance(verdict, BaseException):
            raise verdict
        yield verdict


def ask(item: Item, scene: Scene) -> Verdict:
    """Ask one."""
    if item.is_slow and scene.is_quick:
        return Verdict(item, Outcome.NOT_ASKED, "it takes the better part of a minute: without --quick it is asked")
    try:
        return Verdict(item, Outcome.CONFIRMED, item.probe(scene))
    except (NotAsked, Unchecked) as exc:
        return Verdict(item, Outcome.NOT_ASKED, str(exc))
    except Refuted as exc:
        return Verdict(item, Outcome.REFUTED, str(exc))
    except ANSWERS as exc:
        return Verdict(item, Outcome.REFUTED, f"the probe broke off: {str(exc) or type(exc).__name__}")


def _put(found: "queue.Queue[Verdict | BaseException]", item: Item, scene: Scene) -> None:
    try:
        found.put(ask(item, scene))
    except BaseException as exc:
        found.put(exc)
