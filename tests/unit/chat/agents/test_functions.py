"""Functions that answer: what they return, yield and raise, and which of them may be called."""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from serverless_socketio_chat.agents import is_function
from serverless_socketio_chat.agents.functions import FunctionReading, Functions
from serverless_socketio_chat.agents.model import REPLY_MAX, End, ModelFailed, Reply, Turn
from serverless_socketio_chat.agents.relations import FRESH
from serverless_socketio_chat.agents.threads import ThreadedModels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

TURN = Turn("alice", "own", "what I wrote", (), FRESH)
PATIENCE_S = 5.0


def read(function: Callable[[Turn], Any]) -> list[str | Reply | End]:
    return list(FunctionReading(lambda: function, TURN))


def fails(function: Callable[[Turn], Any]) -> ModelFailed:
    with pytest.raises(ModelFailed) as caught:
        read(function)
    return caught.value


def yields(*values: object) -> Callable[[Turn], Iterator[object]]:
    return lambda _: iter(values)


def raises(error: BaseException) -> Callable[[Turn], str]:
    def function(turn: Turn) -> str:
        raise error

    return function


@pytest.mark.parametrize(
    ("answer", "reply"),
    [
        ("hello", Reply("hello")),
        (Reply("hello", {"joy": 0.5}), Reply("hello", {"joy": 0.5})),
        (Reply("hello", {"joy": 7, "hunger": 1, "trust": float("nan")}), Reply("hello", {"joy": 1.0})),
        ("\ud83d\ude00 \ud83d", Reply("\U0001f600 \ufffd")),
        ("", Reply("")),
    ],
)
def test_what_is_returned_is_a_whole_answer(answer: object, reply: Reply) -> None:
    assert read(lambda _: answer) == [reply]


def test_what_is_yielded_is_a_live_answer_and_a_mapping_its_mood() -> None:
    assert read(yields("Hel", "", "lo", {"joy": 0.5, "hunger": 1})) == ["Hel", "", "lo", End("stop", mood={"joy": 0.5})]
    assert read(yields({"joy": 0.1}, "a", {"trust": 10**400})) == ["a", End("stop", mood={"trust": 1.0})]
    assert read(yields()) == [End("stop")]


def test_an_endless_answer_is_cut_where_answers_end_and_the_function_is_closed() -> None:
    ended = []

    def function(turn: Turn) -> Iterator[str]:
        try:
            while True:
                yield "word "
        finally:
            ended.append(True)

    *pieces, end = read(function)
    assert REPLY_MAX < len("".join(map(str, pieces))) < REPLY_MAX + 10
    assert (end, ended) == (End("length"), [True])


@pytest.mark.parametrize("answer", [None, 7, b"hello", ["hello"], Reply(7), Reply("a", None), {"joy": 0.1}])  # type: ignore[arg-type]
def test_what_is_no_answer_is_a_failure_that_names_its_type(answer: object) -> None:
    failure = fails(lambda _: answer)
    assert failure.kind == "broken"
    assert type(answer).__name__ in failure.detail or isinstance(answer, Reply)


def test_what_is_yielded_and_no_text_is_a_failure() -> None:
    assert (fails(yields("a", 7)).kind, fails(yields("a", 7)).detail) == ("broken", "it yielded int")


@pytest.mark.parametrize("error", [ValueError("what I wrote"), SystemExit("what I wrote"), KeyboardInterrupt()])
def test_an_error_is_a_failure_that_says_where_and_nothing_of_what_was_written(error: BaseException) -> None:
    failure = fails(raises(error))
    assert failure.kind == "broken"
    assert failure.detail.startswith(f"{type(error).__name__} in test_functions.py, line ")
    assert "wrote" not in str(failure)


def test_a_function_may_say_itself_what_failed() -> None:
    assert fails(raises(ModelFailed("busy", "HTTP 429", retry_after_s=2))).retry_after_s == 2


def test_a_question_that_is_closed_ends_the_function_at_its_next_word() -> None:
    goes_on, ended = threading.Event(), threading.Event()

    def function(turn: Turn) -> Iterator[str]:
        try:
            yield "a word"
            assert goes_on.wait(PATIENCE_S)
            yield "another"
            yield "and one that is never asked for"
        finally:
            ended.set()

    functions = Functions()
    functions.find = lambda name: function  # type: ignore[method-assign]
    coming = ThreadedModels(str, functions).ask("own:function", TURN)
    assert coming.receive(PATIENCE_S) == "a word"
    coming.close()
    goes_on.set()
    assert ended.wait(PATIENCE_S)
    assert coming.receive(0.01) is None


def test_one_that_says_nothing_without_end_is_still_heard_in_time() -> None:
    def function(turn: Turn) -> Iterator[str]:
        while True:
            yield ""

    functions = Functions()
    functions.find = lambda name: function  # type: ignore[method-assign]
    coming = ThreadedModels(str, functions).ask("own:function", TURN)
    began = time.monotonic()
    assert coming.receive(PATIENCE_S) == ""
    assert time.monotonic() - began < PATIENCE_S
    coming.close()


@pytest.mark.parametrize("name", ["greeter:greet", "my.agents.greeter:greet", "m:Class.method", "grüße:antworte"])
def test_a_function_is_named_by_module_and_name(name: str) -> None:
    assert is_function(name)


@pytest.mark.parametrize(
    "name", ["", "echo", "openai", ":f", "m:", "m:f:g", "m f:g", "../m:f", "m:f()", "m:f\n", "1:f"]
)
def test_what_is_not_named_so_is_no_function(name: str) -> None:
    assert not is_function(name)


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package that is installed, with an entry point for one of its two functions."""
    (tmp_path / "own_package.py").write_text("def open(turn): return 'open'\ndef shut(turn): return 'shut'\n")
    about = tmp_path / "own_package-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: own-package\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[serverless_socketio.agents]\nany = own_package:open\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield tmp_path
    sys.modules.pop("own_package", None)


def test_an_entry_point_or_the_setting_allows_a_function_and_no_other_is_imported(package: Path) -> None:
    with pytest.raises(ModelFailed, match="refused") as caught:
        Functions().find("own_package:shut")
    assert caught.value.kind == "refused"
    assert "own_package" not in sys.modules
    assert Functions().find("own_package:open")(TURN) == "open"
    assert Functions(["own_package:shut"]).find("own_package:shut")(TURN) == "shut"


@pytest.mark.parametrize("name", ["own_package:nothing", "no_such_package:f", "own_package.sub:f"])
def test_one_that_is_allowed_and_not_there_is_refused(package: Path, name: str) -> None:
    with pytest.raises(ModelFailed, match="cannot be imported") as caught:
        Functions([name]).find(name)
    assert caught.value.kind == "refused"


def test_a_conversation_has_a_name_of_its_own() -> None:
    assert TURN.conversation == "chat:own:alice"
