"""Why a provider refuses a request or breaks an answer off, out of the words that it says so in.

Status codes do not tell: a filter, a context that is too long and a wrong setting are all 400, and some filters are
403. The words are only ever looked at, never logged: they may repeat the prompt, or the key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from serverless_socketio_chat.agents.model import Failure

TOO_LONG = re.compile(
    r"context[ _-]?(length|window|size|limit)"  # OpenAI, Azure, vLLM, DeepSeek, Mistral, llama.cpp, Anthropic
    r"|(prompt|input|message|request|conversation)s? (is|are) too (long|large)"  # Anthropic, Bedrock, Mistral
    r"|input (token count|length)|too many (input )?tokens|reduce the length",  # Google, Bedrock, Groq
    re.IGNORECASE,
)
FILTERED = re.compile(
    r"content[ _-]?(filter|policy|management)|responsible ?ai|moderation|flagged|safety"  # OpenAI, Azure, OpenRouter
    r"|content exists risk|usage guidelines",  # DeepSeek, xAI
    re.IGNORECASE,
)
BUSY = re.compile(r"rate[ _-]?limit|overloaded|capacity|insufficient_system_resource|\b429\b", re.IGNORECASE)
STATUSES: Mapping[int, Failure] = {400: "rejected", 408: "down", 413: "too_long", 422: "rejected", 429: "busy"}


def refusal(status: int, words: str) -> Failure:
    """What a response other than 200 means, which says so in `words`."""
    if status != 429 and (TOO_LONG.search(words)):
        return "too_long"
    if status in {400, 403, 422} and FILTERED.search(words):
        return "rejected"
    return STATUSES.get(status) or ("down" if status >= 500 else "refused")


def breakage(words: str) -> Failure:
    """What an error in the middle of a stream means."""
    if TOO_LONG.search(words):
        return "too_long"
    if FILTERED.search(words):
        return "rejected"
    return "busy" if BUSY.search(words) else "down"
