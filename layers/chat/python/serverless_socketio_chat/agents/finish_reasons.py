"""What each finish reason of the providers in use says of an answer.

| reason | means | who says it |
|---|---|---|
| `stop` | stop | OpenAI [1], Azure [2], Anthropic [3], Google [4], Mistral [5], DeepSeek [6], Groq [7], Ollama [8], vLLM [9], llama.cpp [10] |
| `end_turn`, `stop_sequence` | stop | Bedrock [11]; Anthropic's own [3], through gateways |
| `length` | length | [1] to [10] |
| `model_length` | length | Mistral [5] |
| `max_tokens`, `model_context_window_exceeded` | length | Bedrock [11]; Anthropic's own [3]; Google's own `MAX_TOKENS` [4] |
| `content_filter` | rejected | OpenAI [1], Azure [2], DeepSeek [6], Groq [7]; Google adds why: `content_filter: RECITATION` [4] |
| `content_filtered`, `guardrail_intervened` | rejected | Bedrock [11] |
| `refusal` | rejected | Anthropic's own [3] |
| `safety`, `recitation`, `blocklist`, `prohibited_content`, `spii` | rejected | Google's own [4] |
| `insufficient_system_resource` | busy | DeepSeek [6] |
| `error` | down | Mistral [5], vLLM [9] |
| `abort` | broken | vLLM [9] |
| `malformed_model_output`, `malformed_tool_use` | broken | Bedrock [11] |
| `tool_calls`, `function_call`, `tool_use`, `pause_turn`, `repetition`, `load`, any other | unanswered | the model is not done; [1] to [11] |

1. OpenAI, "Chat streaming": platform.openai.com/docs/api-reference/chat-streaming/streaming
2. Azure, "Content filtering": learn.microsoft.com/azure/ai-services/openai/concepts/content-filter
3. Anthropic, "OpenAI SDK compatibility" and "Handling stop reasons": platform.claude.com/docs/en/api/openai-sdk,
   platform.claude.com/docs/en/build-with-claude/handling-stop-reasons
4. Google, "OpenAI compatibility" and `FinishReason`: ai.google.dev/gemini-api/docs/openai, ai.google.dev/api/generate-content;
   what stands behind the colon is on no page, but met by clients of that endpoint
5. Mistral, `CompletionResponseStreamChoice` and `ChatCompletionChoice`: github.com/mistralai/client-python
6. DeepSeek, "Create chat completion": api-docs.deepseek.com/api/create-chat-completion
7. Groq, `ChatCompletionChunk`: github.com/groq/groq-python, src/groq/types/chat/chat_completion_chunk.py
8. Ollama, `ToChunk`, which passes `done_reason` on: github.com/ollama/ollama, openai/openai.go
9. vLLM, `FINISH_REASON_STRINGS`: github.com/vllm-project/vllm, vllm/v1/engine/__init__.py
10. llama.cpp, `to_json_oaicompat_chat_stream`: github.com/ggml-org/llama.cpp, tools/server/server-task.cpp
11. Bedrock, `MessageStopEvent`: docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_MessageStopEvent.html
"""  # noqa: E501 - a table

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio_chat.agents.model import FinishOutcome

OUTCOMES: Mapping[str, FinishOutcome] = {
    "stop": "stop",
    "end_turn": "stop",
    "stop_sequence": "stop",
    "length": "length",
    "model_length": "length",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "content_filter": "rejected",
    "content_filtered": "rejected",
    "guardrail_intervened": "rejected",
    "refusal": "rejected",
    "safety": "rejected",
    "recitation": "rejected",
    "blocklist": "rejected",
    "prohibited_content": "rejected",
    "spii": "rejected",
    "insufficient_system_resource": "busy",
    "error": "down",
    "abort": "broken",
    "malformed_model_output": "broken",
    "malformed_tool_use": "broken",
}
"""Reasons in small letters; any other is `unanswered`."""


def outcome(reason: object) -> FinishOutcome:
    """What a finish reason says. It comes from outside, and may be anything."""
    if not isinstance(reason, str):
        return "unanswered"
    return OUTCOMES.get(reason.partition(":")[0].strip().lower(), "unanswered")


def worse(one: FinishOutcome | None, other: FinishOutcome) -> FinishOutcome:
    """Which of two holds: ``stop`` only if nothing else was said, and a failure before a limit."""
    return other if one is None or _rank(other) > _rank(one) else one


def _rank(outcome: FinishOutcome) -> int:
    return {"stop": 0, "length": 1}.get(outcome, 2)
