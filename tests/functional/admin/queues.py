"""Queues in moto that the command finds by the outputs of the stack."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from serverless_socketio.aws.queue import SqsQueue

if TYPE_CHECKING:
    from tests.drivers import ChatDriver
    from tests.functional.admin.shell import Shell


class Queues:
    """Work queues, and the queue of what died of them, `dead`."""

    def __init__(self, chat: ChatDriver, shell: Shell, *names: str, dead: str) -> None:
        self.client, self.clock, self._dead = chat.queue, chat.clock, dead
        given = {name: f"{name}-{uuid4()}" for name in (*names, dead)}
        self.urls = {name: self.client.create_queue(QueueName=each)["QueueUrl"] for name, each in given.items()}
        outputs = json.loads(shell.outputs.read_text())
        outputs["Chat"] |= {f"Queue{name[0].upper()}{name[1:]}": each for name, each in given.items()}
        shell.outputs.write_text(json.dumps(outputs))

    def queue(self, name: str) -> SqsQueue:
        return SqsQueue(lambda: self.client, self.urls[name])

    def die(self, *bodies: Any) -> None:
        """Messages that SQS moved here, or that a function has refused."""
        self.queue(self._dead).send((body, 0) for body in bodies)

    def taken(self, name: str) -> list[Any]:
        bodies = []
        while found := self.client.receive_message(QueueUrl=self.urls[name], MaxNumberOfMessages=10).get("Messages"):
            bodies += [json.loads(message["Body"]) for message in found]
        return bodies
