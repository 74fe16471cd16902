"""Agents with a model behind them. Needs CONVERSATIONS_TABLE, and credentials that may write to it."""

import os

import boto3

from serverless_socketio.aws.table import DynamoTable
from serverless_socketio_chat.accounts.directory import Directory
from serverless_socketio_chat.agents.model import Model

directory = Directory(DynamoTable(os.environ["CONVERSATIONS_TABLE"], boto3.client("dynamodb")))

# Ollama on this machine: `ollama serve`, `ollama pull llama3.2`
llama = Model("llama3.2", "http://localhost:11434/v1", system="You are Llama. Be brief.")
directory.put_agent("llama", "Llama", provider="openai", chunk_delay_ms=200, model=llama)

# OpenAI, or vLLM behind https; the key is in SSM, here is only its name
gpt = Model("gpt-4o-mini", "https://api.openai.com/v1", secret="/serverless-socketio/openai", max_tokens=800)
directory.put_agent("gpt", "Ada", provider="openai", chunk_delay_ms=200, model=gpt)

# Bedrock, by the function's own role; with feelings that the model tells
nova = Model("eu.amazon.nova-lite-v1:0", system="You are Nova, warm and curious.", feels=True)
directory.put_agent("nova", "Nova", provider="bedrock", chunk_delay_ms=200, model=nova)
