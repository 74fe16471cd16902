"""Refusals of the providers in use, in their own words: what was too long, filtered, busy or wrong."""

from __future__ import annotations

import pytest

from serverless_socketio_chat.agents.refusals import breakage, refusal

TOO_LONG = [
    pytest.param(400, '{"error": {"code": "context_length_exceeded", "message": "…"}}', id="OpenAI, Azure"),
    pytest.param(400, "This model's maximum context length is 16384 tokens. However, you requested 122946", id="vLLM"),
    pytest.param(
        400, "The prompt (total length 25938) is too long to fit into the model (context length 4096)", id="vLLM 0.6"
    ),
    pytest.param(400, '{"error": {"type": "exceed_context_size_error", "n_ctx": 256}}', id="llama.cpp"),
    pytest.param(500, "the request exceeds the available context size. try increasing it", id="llama.cpp before 400"),
    pytest.param(400, "prompt is too long: 209353 tokens > 199999 maximum", id="Anthropic"),
    pytest.param(400, "input length and `max_tokens` exceed context limit: 1 + 2 > 2", id="Anthropic, with the answer"),
    pytest.param(
        400, "Prompt contains 40000 tokens, too large for model with 32768 maximum context length", id="Mistral"
    ),
    pytest.param(400, "The input token count (1300000) exceeds the maximum number of tokens allowed", id="Google"),
    pytest.param(400, "Please reduce the length of the messages or completion.", id="DeepSeek, Groq"),
    pytest.param(413, "", id="by its status"),
]
FILTERED = [
    pytest.param(
        400, '{"error": {"code": "content_filter", "innererror": {"code": "ResponsibleAIPolicyViolation"}}}', id="Azure"
    ),
    pytest.param(400, '{"error": {"message": "Content Exists Risk"}}', id="DeepSeek"),
    pytest.param(403, "Your chosen model requires moderation and your input was flagged", id="OpenRouter"),
    pytest.param(403, "Content violates usage guidelines.", id="xAI"),
    pytest.param(400, "", id="without a word"),
]


@pytest.mark.parametrize(("status", "words"), TOO_LONG)
def test_a_context_that_is_too_long(status: int, words: str) -> None:
    assert refusal(status, words) == "too_long"


@pytest.mark.parametrize(("status", "words"), FILTERED)
def test_a_message_that_is_not_taken(status: int, words: str) -> None:
    assert refusal(status, words) == "rejected"


@pytest.mark.parametrize(
    ("status", "words", "kind"),
    [
        (401, "Incorrect API key provided", "refused"),
        (402, "Insufficient Balance", "refused"),
        (403, "Your account is not active", "refused"),
        (404, "The model does not exist", "refused"),
        (429, "Rate limit reached: please reduce the length of the messages", "busy"),
        (500, "safety first", "down"),
        (503, "", "down"),
    ],
)
def test_what_is_not_the_message_s_fault(status: int, words: str, kind: str) -> None:
    assert refusal(status, words) == kind


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ('{"code": "rate_limit_exceeded"}', "busy"),
        ('{"type": "overloaded_error"}', "busy"),
        ('{"code": 429}', "busy"),
        ('{"code": 502, "message": "Provider disconnected"}', "down"),
        ('{"code": "content_filter"}', "rejected"),
        ("maximum context length is 8192 tokens", "too_long"),
        ("", "down"),
    ],
)
def test_an_error_in_the_middle(words: str, kind: str) -> None:
    assert breakage(words) == kind
