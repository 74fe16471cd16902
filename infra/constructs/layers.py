"""The three layers that every function shares, and the sender's own."""

from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra import bundling

RUNTIME = lambda_.Runtime.PYTHON_3_13
ARCHITECTURE = lambda_.Architecture.ARM_64


class Layers(Construct):
    """Third-party packages, the Socket.IO library and the chat's rules, each a layer of its own.

    They change at different speeds: an edit of a rule uploads a few kilobytes and leaves the megabytes beside it. boto3
    is in none of them: the runtime brings it. pywebpush and what it brings are the sender's alone.
    """

    def __init__(self, scope: Construct, id: str, *, target: bundling.Target) -> None:
        super().__init__(scope, id)
        dependencies = self._layer("Dependencies", bundling.wheels(target))
        library = self._layer("ServerlessSocketio", bundling.sources("layers/serverless_socketio", target))
        chat = self._layer("Chat", bundling.sources("layers/chat", target))
        self.all: list[lambda_.ILayerVersion] = [dependencies, library, chat]
        self.of_sender = [*self.all, self._layer("Sender", bundling.wheels(target, "sender"))]

    def _layer(self, name: str, code: lambda_.Code) -> lambda_.LayerVersion:
        return lambda_.LayerVersion(
            self, name, code=code, compatible_runtimes=[RUNTIME], compatible_architectures=[ARCHITECTURE]
        )
