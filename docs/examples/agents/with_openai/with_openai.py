"""An agent over the OpenAI SDK: relayed as it comes; a stop, or an end of time, closes the connection."""

import os
from collections.abc import Iterator
from functools import cache

from aws_lambda_powertools.utilities.parameters import get_parameter
from openai import APIConnectionError, BadRequestError, OpenAI, RateLimitError
from openai.types.chat import ChatCompletionMessageParam

from serverless_socketio_chat.agents import ModelFailed, Turn

SECRET = "/serverless-socketio/openai"  # under `model_secrets_prefix`, which the streamer may read


@cache
def client() -> OpenAI:
    key = os.environ.get("OPENAI_API_KEY") or get_parameter(SECRET, decrypt=True)
    return OpenAI(api_key=str(key), max_retries=0)  # the chat asks again by itself; OPENAI_BASE_URL: another endpoint


def answer(turn: Turn) -> Iterator[str]:
    messages: list[ChatCompletionMessageParam] = [
        {"role": "user", "content": line.text} if line.role == "user" else {"role": "assistant", "content": line.text}
        for line in turn.history
    ]
    messages.append({"role": "user", "content": turn.text})
    model = os.environ.get("OPENAI_MODEL", "gpt-5-mini")
    try:
        with client().chat.completions.create(model=model, messages=messages, stream=True) as stream:
            for chunk in stream:
                yield from (choice.delta.content or "" for choice in chunk.choices)
    except RateLimitError as error:
        raise ModelFailed("busy") from error
    except APIConnectionError as error:
        raise ModelFailed("down") from error
    except BadRequestError as error:
        raise ModelFailed("rejected") from error
