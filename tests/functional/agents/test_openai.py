"""An OpenAI-compatible endpoint, asked over HTTP, with all its faults: what it says, how it ends, how it is ended."""

from __future__ import annotations

import json
import threading
import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest

from serverless_socketio_chat.agents.model import End, Line, Model, ModelFailed, Prompt, Usage
from serverless_socketio_chat.agents.openai import OpenAI
from serverless_socketio_chat.agents.threads import ThreadedModels
from tests.model_server import steps

if TYPE_CHECKING:
    from serverless_socketio_chat.agents.ports import PendingAnswer
    from serverless_socketio_chat.agents.threads import ThreadedCall
    from tests.model_server import ModelServer

pytestmark = [pytest.mark.enable_socket, pytest.mark.timeout(30)]

USED = Usage(12, 34)
PATIENCE_S = 5.0


def prompt(server: ModelServer, message: str, **settings: object) -> Prompt:
    model = Model("some-model", server.url, **settings)  # type: ignore[arg-type]
    return Prompt(model, model.system, [Line("user", "hi"), Line("agent", "hello"), Line("user", message)])


def ask(server: ModelServer, message: str, **settings: object) -> ThreadedCall:
    return ThreadedModels(lambda name: f"key-of-{name}").ask("openai", prompt(server, message, **settings))


def hear(coming: PendingAnswer) -> tuple[str, End | str]:
    """All that is said, and how it ended: the last end, or the failure's kind."""
    text = ""
    while True:
        try:
            came = coming.receive(PATIENCE_S)
        except ModelFailed as failure:
            return text, failure.kind
        assert isinstance(came, str | End), came
        if isinstance(came, str):
            text += came
        elif came.more_within_s == 0:
            return text, came


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


def chunk(delta: object, reason: object = None, **more: object) -> dict[str, str]:
    """A step: an event with one choice."""
    choice = {"index": 0, "delta": delta, "finish_reason": reason, **more}
    return {"raw": f"data: {json.dumps({'choices': [choice]})}\n\n"}


def say(text: str, reason: object = None) -> dict[str, str]:
    return chunk({"content": text}, reason)


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
        # what does not cost an answer
        pytest.param([say("a"), {"raw": "data:\n\ndata\n\n"}, say("b")], "ab", End("stop", USED), id="empty data"),
        pytest.param([{"raw": ": ping\n: pong\n\n"}, say("a")], "a", End("stop", USED), id="comments"),
        pytest.param([{"hex": "efbbbf"}, say("a")], "a", End("stop", USED), id="a byte order mark"),
        pytest.param(
            [say("a"), chunk({}, "stop"), {"raw": "data: no json\n\n"}], "a", End("stop"), id="garbage behind"
        ),
        pytest.param([say("a", "stop"), {"raw": 'data: {"usage": {\n\n'}], "a", End("stop"), id="half a count behind"),
        pytest.param(
            [say("a"), chunk({}, "stop"), {"raw": "data: [1]"}, {"cut": True}], "a", End("stop"), id="cut behind"
        ),
        pytest.param(
            [say("a"), chunk({}, "stop"), {"raw": 'data: {"error": "late"}\n\n'}],
            "a",
            End("stop"),
            id="an error behind",
        ),
        pytest.param(
            [say("a"), chunk({}, "stop"), {"raw": "data: [DONE]\n\n"}, say("b"), {"raw": "data: no json\n\n"}],
            "a",
            End("stop"),
            id="anything behind [DONE]",
        ),
        pytest.param(
            [say("a"), {"raw": 'data: {"choices": [], "usage": "many"}\n\n'}], "a", End("stop", USED), id="no count"
        ),
        # contents
        pytest.param(
            [chunk({"content": [{"type": "text", "text": "Hel"}, "lo", {"text": "!"}]})],
            "Hello!",
            End("stop", USED),
            id="parts",
        ),
        pytest.param(
            [chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]}), say("a")],
            "a",
            End("stop", USED),
            id="Mistral thinks in parts",
        ),
        pytest.param(
            [chunk({"content": {"text": "a"}}), chunk({"content": 5})], "a", End("stop", USED), id="odd contents"
        ),
        pytest.param([chunk({"content": [{"type": []}, [["a"]], None]})], "a", End("stop", USED), id="odder ones"),
        pytest.param(
            [chunk({"role": None, "reasoning": "hm"}), chunk({"reasoning_content": "hm", "content": None}), say("a")],
            "a",
            End("stop", USED),
            id="reasoning beside",
        ),
        pytest.param(
            [{"raw": 'data: {"choices":[{"message":{"content":"a"}}]}\n\n'}], "a", End("stop", USED), id="a message"
        ),
        pytest.param(
            [say("<think>hm, "), say("well</think>\n\n"), say("a")], "a", End("stop", USED), id="a leading think"
        ),
        pytest.param(
            [say(piece) for piece in "<think>x</think> a<think>"], "a<think>", End("stop", USED), id="in pieces"
        ),
        pytest.param([say("<thi"), {"finish": "length"}], "<thi", End("length"), id="what only looks like it"),
        pytest.param([say("<think>for ever"), {"finish": "length"}], "", End("length"), id="thinking only"),
        # ends
        pytest.param(
            [say("a", "stop"), {"wait": 1.3}, say("b", "stop"), {"wait": 1.3}, say("c", "stop")],
            "abc",
            End("stop", USED),
            id="a finish in every chunk",
        ),
        pytest.param(
            [chunk({"role": "assistant"}, "stop"), {"wait": 1.3}, say("a")], "a", End("stop", USED), id="too early"
        ),
        pytest.param([say("a", "stop"), say("b", "length")], "ab", End("length", USED), id="a limit after all"),
        pytest.param([say("a", ""), say("b", None)], "ab", End("stop", USED), id="no reason yet"),
        pytest.param([say("a"), {"raw": "data: [DONE]\n\n"}, {"cut": True}], "a", End("stop"), id="[DONE] alone"),
        pytest.param([say("a"), chunk({}, "tool_calls"), {"cut": True}], "a", End("unanswered"), id="a tool is called"),
        pytest.param(
            [say("a"), chunk({}, "content_filter: SAFETY"), {"cut": True}], "a", End("rejected"), id="filtered"
        ),
        pytest.param(
            [chunk({"refusal": "I can"}), chunk({"refusal": "not."}), {"finish": "stop"}],
            "I cannot.",
            End("rejected"),
            id="a refusal in words",
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
        ([{"raw": 'data: {"error": {"message": "overloaded"}}\n\n'}], "busy"),
        ([say("x"), {"raw": "data: no json\n\n"}], "broken"),
        ([say("x", "stop"), say("x", "stop"), {"raw": "data: no json\n\n"}], "broken"),
        ([say("x", "stop"), say("x", "stop"), {"cut": True}], "broken"),
        ([{"raw": 'data: {"choices": [{"delta": "x"}]}\n\n'}], "broken"),
        ([{"raw": "event: error\ndata: The server has a problem\n\n"}], "down"),
        ([say("x"), {"raw": 'event: error\ndata: {"message": "overloaded"}\n\n'}], "busy"),
        ([say("x"), chunk({}, None, error={"code": 502, "message": "Provider disconnected"})], "down"),
        ([say("x"), {"raw": 'data: {"choices": [], "x_groq": {"error": "over capacity"}}\n\n'}], "busy"),
        ([{"raw": 'data: {"object": "error", "message": "no"}\n\n'}], "down"),
        ([{"raw": 'data: {"error": {"message": "maximum context length is 8192 tokens"}}\n\n'}], "too_long"),
        ([{"raw": 'data: {"error": {"code": "content_filter"}}\n\n'}], "rejected"),
        ([{"status": 403, "error": {"message": "Your input was flagged", "code": 403}}], "rejected"),
        ([{"status": 413}], "too_long"),
    ],
)
def test_each_fault_has_its_name(server: ModelServer, wanted: list[dict[str, object]], kind: str) -> None:
    text, end = hear(ask(server, steps(*wanted)))
    assert (text.strip("x"), end) == ("", kind)


def later(seconds: float) -> str:
    """A date as servers write it."""
    return formatdate(time.time() + seconds, usegmt=True)


@pytest.mark.parametrize(
    ("headers", "least_s", "most_s"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "1.5"}, 1.5, 1.5),
        ({"Retry-After": later(7)}, 5, 7),
        ({"retry-after-ms": "250", "Retry-After": "1"}, 0.25, 0.25),
    ],
)
def test_a_busy_server_says_when_to_come_back(
    server: ModelServer, headers: dict[str, str], least_s: float, most_s: float
) -> None:
    if "GMT" in headers["Retry-After"]:
        headers = {"Retry-After": later(7)}
    coming = ask(server, steps({"status": 429, "headers": headers}))
    with pytest.raises(ModelFailed) as failed:
        coming.receive(PATIENCE_S)
    assert failed.value.retry_after_s is not None
    assert least_s <= failed.value.retry_after_s <= most_s
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


@pytest.mark.parametrize(
    ("wanted", "within_s"),
    [
        pytest.param([say("x"), {"raw": LAST}], 1.0, id="the end, alone, behind text"),
        pytest.param([say("x", "length")], None, id="with text"),
        pytest.param([{"raw": LAST}], None, id="before text"),
        pytest.param([say("y", "stop"), say("x"), {"raw": LAST}], None, id="again"),
    ],
)
def test_of_a_stream_that_stays_open_it_is_told_how_long_more_may_come(
    server: ModelServer, wanted: list[dict[str, object]], within_s: float | None
) -> None:
    coming = ask(server, steps(*wanted, {"wait": 20}))
    ends = []
    while True:
        came = coming.receive(0.5)
        if came is None:
            break
        if isinstance(came, End):
            ends.append(came)
    assert ends[-1] == End("length", more_within_s=within_s)
    coming.close()
    assert_threads_end()


def test_a_comment_is_a_sign_of_life(server: ModelServer) -> None:
    coming = ask(server, steps({"raw": ": keep-alive\n\n"}, {"wait": 0.5}, {"raw": "data: {"}, {"wait": 20}))
    assert [coming.receive(PATIENCE_S), coming.receive(PATIENCE_S), coming.receive(0.1)] == ["", "", None]
    coming.close()


# What not every server knows


def test_a_server_that_does_not_count_tokens_is_asked_again_without_and_that_is_remembered(
    server: ModelServer,
) -> None:
    provider = OpenAI()
    error = {"type": "extra_forbidden", "loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}
    for _ in range(2):
        message = steps({"status": 422, "error": error, "tries": 1}, {"say": "well"})
        assert (
            "".join(piece for piece in provider.answer(prompt(server, message), None) if isinstance(piece, str))
            == "well"
        )
    assert ["stream_options" in seen.body for seen in server.asked(message)] == [True, False, False]


def test_so_is_one_that_names_it_in_a_400(server: ModelServer) -> None:
    error = {"message": "Unrecognized request argument supplied: stream_options"}
    message = steps({"status": 400, "error": error, "tries": 1}, {"say": "well then"})
    assert hear(ask(server, message))[0] == "well then"


def test_what_is_refused_either_way_is_refused_and_nothing_is_remembered(server: ModelServer) -> None:
    message = steps({"status": 422}, {"say": "never"})
    provider = OpenAI()
    with pytest.raises(ModelFailed, match="rejected: HTTP 422"):
        list(provider.answer(prompt(server, message), None))
    assert len(server.asked(message)) == 2
    list(provider.answer(prompt(server, "counted again"), None))
    (seen,) = server.asked("counted again")
    assert "stream_options" in seen.body


def test_no_log_has_what_a_refusal_says(server: ModelServer, caplog: pytest.LogCaptureFixture) -> None:
    coming = ask(server, steps({"status": 400}))
    with pytest.raises(ModelFailed) as failed:
        coming.receive(PATIENCE_S)
    assert "sk-secret" not in str(failed.value) + caplog.text


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
