"""An OpenAI-compatible endpoint, asked over HTTP, with all its faults: what it says, how it ends, how it is ended."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest

from chat.agents.asking import ThreadedModels
from chat.agents.openai import OpenAI
from chat.live import End, Line, Model, ModelFailed, Prompt, Usage
from tests.model_server import steps

if TYPE_CHECKING:
    from chat.agents.asking import Question
    from chat.live import Coming
    from tests.model_server import ModelServer

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(30)]

USED = Usage(12, 34)
PATIENCE_S = 5.0


def prompt(server: ModelServer, message: str, **settings: object) -> Prompt:
    model = Model("some-model", server.url, **settings)  # type: ignore[arg-type]
    return Prompt(model, model.system, [Line("user", "hi"), Line("agent", "hello"), Line("user", message)])


def ask(server: ModelServer, message: str, **settings: object) -> Question:
    return ThreadedModels(lambda name: f"key-of-{name}").ask("openai", prompt(server, message, **settings))


def hear(coming: Coming) -> tuple[str, End | str]:
    """All that is said, and how it ended: an end, or the failure's kind."""
    text = ""
    while True:
        try:
            came = coming.receive(PATIENCE_S)
        except ModelFailed as failure:
            return text, failure.kind
        if isinstance(came, End):
            return text, came
        assert came is not None, "nothing came"
        text += came


def test_an_answer_comes_in_pieces_and_ends_with_what_it_cost(server: ModelServer) -> None:
    coming = ask(server, steps({"say": "Hello "}, {"wait": 0.2}, {"say": "there"}))
    assert coming.receive(PATIENCE_S) == "Hello "
    assert coming.receive(0.01) is None
    assert hear(coming) == ("there", End("stop", USED))


def test_what_is_sent_is_a_streamed_chat_completion(server: ModelServer) -> None:
    settings = {"system": "Be kind.", "secret": "mine", "temperature": 0.5, "max_tokens": 99}
    hear(ask(server, "what is sent", **settings))
    (seen,) = server.asked("what is sent")
    assert seen.path == "/v1/chat/completions"
    assert seen.headers["authorization"] == "Bearer key-of-mine"
    assert seen.body == {
        "model": "some-model",
        "messages": [
            {"role": "system", "content": "Be kind."},
            {"role": "user", "content": "hi"},
            {"role": "assistant", "content": "hello"},
            {"role": "user", "content": "what is sent"},
        ],
        "stream": True,
        "stream_options": {"include_usage": True},
        "temperature": 0.5,
        "max_tokens": 99,
    }


def test_without_settings_nothing_of_them_is_sent(server: ModelServer) -> None:
    hear(ask(server, "nothing more"))
    (seen,) = server.asked("nothing more")
    assert seen.body.keys() == {"model", "messages", "stream", "stream_options"}
    assert "authorization" not in seen.headers


EVENT = '{"choices":[{"delta":{"content":"%s"},"finish_reason":null}]}'
LAST = 'data: {"choices":[{"delta":{},"finish_reason":"length"}]}\n\n'


@pytest.mark.parametrize(
    ("wanted", "text", "end"),
    [
        pytest.param([{"say": "cut"}, {"finish": "length"}], "cut", End("length"), id="no [DONE], its own limit"),
        pytest.param(
            [{"raw": f": ping\r\n\r\ndata: {EVENT % 'crlf'}\r\n\r\n"}], "crlf", End("stop", USED), id="CRLF, comments"
        ),
        pytest.param([{"raw": "data: [DONE]\n\n"}, {"cut": True}], "", End("stop"), id="nothing to say"),
        pytest.param([{"say": "x"}, {"raw": LAST}, {"cut": True}], "x", End("length"), id="cut after the finish"),
        pytest.param(
            [{"raw": 'data: {"choices":[{"delta":{"reasoning":"hm"}}]}\n\n'}], "", End("stop", USED), id="thinks"
        ),
        pytest.param(
            [{"raw": 'data: {"choices":[{"delta":null}],"usage":null}\n\n'}], "", End("stop", USED), id="nulls"
        ),
        pytest.param(
            [{"raw": f"data: {EVENT % half}\n\n"} for half in ("\\ud83d", "\\ude00!")],
            "\U0001f600!",
            End("stop", USED),
            id="a character in two halves",
        ),
        pytest.param(
            [{"raw": f"data: {EVENT % half}\n\n"} for half in ("\\ude00!",)],
            "\N{REPLACEMENT CHARACTER}!",
            End("stop", USED),
            id="half a character",
        ),
    ],
)
def test_streams_of_all_kinds_are_read(
    server: ModelServer, wanted: list[dict[str, object]], text: str, end: End | str
) -> None:
    assert hear(ask(server, steps(*wanted))) == (text, end)


def test_characters_that_are_split_between_reads_are_whole(server: ModelServer) -> None:
    event = f"data: {EVENT % 'grüße 😀'}\n\n".encode()
    parts = [{"hex": event[index : index + 1].hex()} for index in range(len(event))]
    assert hear(ask(server, steps(*parts))) == ("grüße 😀", End("stop", USED))


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [
        ([{"status": 429}], "busy"),
        ([{"status": 500}], "down"),
        ([{"status": 503}], "down"),
        ([{"status": 400}], "rejected"),
        ([{"status": 401}], "refused"),
        ([{"status": 404}], "refused"),
        ([{"status": 302, "headers": {"Location": "http://127.0.0.1:1/v1"}}], "refused"),
        ([{"cut": True}], "down"),
        ([{"say": "x"}, {"cut": True}], "broken"),
        ([{"raw": "data: no json\n\n"}], "broken"),
        ([{"raw": "data: [1]\n\n"}], "broken"),
        ([{"raw": 'data: {"choices": 5}\n\n'}], "broken"),
        ([{"raw": 'data: {"choices": ["x"]}\n\n'}], "broken"),
        ([{"raw": "<html>A proxy's page</html>"}, {"cut": True}], "broken"),
        ([{"raw": 'data: {"error": {"message": "overloaded"}}\n\n'}], "down"),
        ([{"raw": 'data: {"choices":[{"delta":{},"finish_reason":"content_filter"}]}\n\n'}], "rejected"),
    ],
)
def test_each_fault_has_its_name(server: ModelServer, wanted: list[dict[str, object]], kind: str) -> None:
    text, end = hear(ask(server, steps(*wanted)))
    assert (text.strip("x"), end) == ("", kind)


def test_a_busy_server_says_when_to_come_back(server: ModelServer) -> None:
    coming = ask(server, steps({"status": 429, "headers": {"Retry-After": "7"}}))
    with pytest.raises(ModelFailed) as failed:
        coming.receive(PATIENCE_S)
    assert failed.value.retry_after_s == 7
    assert "sk-secret" not in str(failed.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1", "http://10.0.0.1/v1", "nonsense", None])
def test_an_endpoint_that_is_not_there_or_not_allowed_is_a_failure(url: str | None) -> None:
    reading = OpenAI().answer(Prompt(Model("m", url), "", [Line("user", "hi")]), None)
    with pytest.raises(ModelFailed) as failed:
        list(reading)
    assert failed.value.kind == ("down" if url == "http://127.0.0.1:9/v1" else "refused")


@pytest.mark.parametrize(
    "wanted",
    [
        pytest.param([{"wait": 20}], id="before the headers"),
        pytest.param([{"say": "x"}, {"wait": 20}], id="in a silence"),
        pytest.param([{"say": "x", "times": 2000, "every": 0.01}], id="while it speaks"),
    ],
)
def test_closing_ends_the_connection_at_once_whatever_the_server_does(
    server: ModelServer, wanted: list[dict[str, object]]
) -> None:
    message = steps(*wanted, {"say": str(time.time())})
    coming = ask(server, message)
    while not server.asked(message):
        time.sleep(0.01)
    time.sleep(0.1)
    closed_at = time.time()
    coming.close()
    (seen,) = server.asked(message)
    assert seen.ended.wait(PATIENCE_S)
    assert seen.hung_up_at is not None
    assert seen.hung_up_at - closed_at < 1
    assert_threads_end()


def test_a_server_that_does_not_end_its_stream_is_left_after_a_second(server: ModelServer) -> None:
    assert hear(ask(server, steps({"say": "x"}, {"raw": LAST}, {"wait": 20}))) == ("x", End("length"))
    assert_threads_end()


def test_closing_before_anything_was_asked_asks_nobody(server: ModelServer) -> None:
    reading = OpenAI().answer(prompt(server, "never"), None)
    reading.close()
    with pytest.raises(ModelFailed):
        list(reading)
    assert server.asked("never") == []


def test_a_secret_that_cannot_be_read_is_a_failure(server: ModelServer) -> None:
    def secret(name: str) -> str:
        raise ModelFailed("refused", name)

    coming = ThreadedModels(secret).ask("openai", prompt(server, "hi", secret="x"))
    assert hear(coming) == ("", "refused")


def test_a_defect_is_a_failure_and_its_words_are_not_told(server: ModelServer) -> None:
    def secret(name: str) -> str:
        raise RuntimeError("the key is sk-secret")

    coming = ThreadedModels(secret).ask("openai", prompt(server, "hi", secret="x"))
    with pytest.raises(ModelFailed, match=r"^down: RuntimeError$"):
        coming.receive(PATIENCE_S)


def assert_threads_end() -> None:
    """No thread that reads a model is left behind."""
    until = time.monotonic() + PATIENCE_S
    while any(thread.name == "model" for thread in threading.enumerate()):
        assert time.monotonic() < until
        time.sleep(0.02)
