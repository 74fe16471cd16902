"""The app of docs/migrate.md, frame by frame on both servers. Stock clients: clients/test_migrate.py."""

import runpy
from collections.abc import Callable
from typing import Any

from tests.drivers import ROOT
from tests.support.both_servers import Ours, Side, Theirs

add_to: Callable[[Any, Any], None] = runpy.run_path(str(ROOT / "docs" / "examples" / "migrate" / "app" / "chat.py"))[
    "add_to"
]


def play(side: Side) -> list[Any]:
    """What two people are answered, and hear."""
    add_to(side.sio, side.library)
    ada, bo = side.open(), side.open()
    told: list[Any] = [
        bo.connect(),
        ada.connect({"name": "Ada"}).keys(),
        bo.connect({"name": "Bo", "key": "staff"}).keys(),
    ]
    told += [ada.connect({"key": "guess"}, "/staff"), bo.connect({"key": "staff"}, "/staff").keys()]
    told += [ada.ask("say", "too early"), ada.ask("enter", "lobby"), bo.ask("enter", "lobby"), ada.ask("say", "hello")]
    told += [ada.ask("dance"), bo.ask("announce", "tea", namespace="/staff"), ada.heard(), bo.heard()]
    for is_sure in (False, True):
        ada.answers["sure"] = is_sure
        told += [ada.ask("leave"), ada.heard(), bo.heard()]
    told += [ada.ask("enter", "lobby"), bo.heard()]
    ada.leave()
    told += [bo.heard(), bo.ask("close", "lobby", namespace="/staff"), bo.ask("say", "anyone?"), bo.heard()]
    return told


def test_the_same_app_is_the_same_on_both_servers() -> None:
    theirs = play(Theirs())
    assert play(Ours()) == theirs
    assert ("/", ["said", "Ada", "hello"]) in theirs[12]
