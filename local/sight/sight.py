"""Who hears of everything: the edge of frames, the engine of invocations, queues and workflows. And what is kept of it.

| metric | is put when |
|---|---|
| what functions print | an invocation has ended, from its log |
| AWS/Lambda Invocations, Errors, Duration | an invocation has ended, in whichever way |
| AWS/Lambda Throttles | a concurrency refuses one |
| AWS/Lambda AsyncEventsDropped | an asynchronous event is given up |
| AWS/ApiGateway ConnectCount, MessageCount | `$connect` is asked; a message comes, a frame is sent |
| AWS/ApiGateway IntegrationError | a function failed, or answered with a status of 400 and more |
| AWS/ApiGateway ExecutionError | Lambda refused the call: its concurrency |
| AWS/ApiGateway ClientError | API Gateway refused a handshake or a message itself: a throttle, no route |
| AWS/States ExecutionsFailed | an execution failed |
| AWS/SQS, both | every ten seconds, of each queue with a message in it; once more when it is empty |

Names, dimensions and sources: `tests/aws_metrics.py`. Tables are not throttled here and count no units.
"""

import asyncio
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from local.edge.events import Peer
from local.edge.witness import Witness
from local.engine import borrowed
from local.engine.apis import REFUSED, Answer
from local.engine.asynchronous import Queued
from local.engine.borrowed import Invocation
from local.sight import alarms, embedded
from local.sight.frames import Frames
from local.sight.metrics import STEP_S, Metrics

LINES_MAX = 200
FAILED_FROM = 400  # HTTP


@dataclass
class Visitor:
    """A connection that is open.

    Attributes:
        last: When a frame of it passed, seconds since the epoch.
    """

    peer: Peer
    last: float
    received: int = 0
    sent: int = 0


@dataclass
class Sight(Witness):
    """What is kept: bounded, and in memory alone.

    Attributes:
        resources: Physical names by kind and the construct's own name, once a stack is deployed.
        lines: The newest lines that functions printed for metrics of something that went wrong or ended.
    """

    resources: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    metrics: Metrics = field(default_factory=Metrics)
    frames: Frames = field(default_factory=Frames)
    visitors: dict[str, Visitor] = field(default_factory=dict)
    lines: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=LINES_MAX))
    _filled: set[str] = field(default_factory=set)

    def install(self) -> None:
        """Hear of what the engine does."""
        borrowed.measure_nothing()
        borrowed.listen_to_failed_executions(self.failed_execution)
        borrowed.judge_alarms(lambda alarm: alarms.judge(alarm, self.metrics, time.time()).goes)

    async def keep_looking(self) -> None:
        """Look at what can only be looked at, every ten seconds, for ever."""
        while True:
            self.look()
            await asyncio.sleep(STEP_S)

    def look(self) -> None:
        """Measure the queues, and judge the alarms."""
        for queue in borrowed.queue_depths():
            if queue.messages or queue.name in self._filled:
                put, name = self.metrics.put, {"QueueName": queue.name}
                put("AWS/SQS", "ApproximateNumberOfMessagesVisible", name, queue.visible)
                put("AWS/SQS", "ApproximateAgeOfOldestMessage", name, queue.oldest_s)
                (self._filled.add if queue.messages else self._filled.discard)(queue.name)
        borrowed.evaluate_alarms()

    def ended(self, function: str, result: Invocation, seconds: float) -> None:
        """Take the end of an invocation."""
        self._of_function(function, "Invocations", 1)
        self._of_function(function, "Errors", 1 if result.get("error") else 0)
        self._of_function(function, "Duration", seconds * 1000)
        for line in embedded.take(result.get("log") or "", self.metrics):
            self.lines.append(line)

    def throttled(self, function: str) -> None:
        """Take an execution that was refused."""
        self._of_function(function, "Throttles", 1)

    def gave_up(self, queued: Queued) -> None:
        """Take an asynchronous event that Lambda gave up."""
        self._of_function(queued.function["config"]["FunctionName"], "AsyncEventsDropped", 1)

    def failed_execution(self, machine_arn: str) -> None:
        """Take a failed execution of a workflow."""
        self.metrics.put("AWS/States", "ExecutionsFailed", {"StateMachineArn": machine_arn}, 1)

    def opened(self, peer: Peer) -> None:
        """Take a connection that was let in."""
        self.visitors[peer.connection_id] = Visitor(peer, time.time())

    def closed(self, peer: Peer) -> None:
        """Take one that has ended."""
        self.visitors.pop(peer.connection_id, None)

    def handshake(self, peer: Peer) -> None:
        """Take a handshake."""
        self._of_api(peer, "ConnectCount")

    def received(self, peer: Peer, text: str) -> None:
        """Take a message."""
        self._of_api(peer, "MessageCount")
        self.frames.add(peer.connection_id, text, incoming=True)
        if visitor := self.visitors.get(peer.connection_id):
            visitor.received += 1
            visitor.last = time.time()

    def sent(self, peer: Peer, text: str) -> None:
        """Take a frame to a client."""
        self._of_api(peer, "MessageCount")
        self.frames.add(peer.connection_id, text, incoming=False)
        if visitor := self.visitors.get(peer.connection_id):
            visitor.sent += 1
            visitor.last = time.time()

    def answered(self, peer: Peer, answer: Answer) -> None:
        """Take what a function answered."""
        if answer is REFUSED:
            self._of_api(peer, "ExecutionError")
        elif answer.failed or answer.status >= FAILED_FROM:
            self._of_api(peer, "IntegrationError")

    def refused(self, peer: Peer) -> None:
        """Take what API Gateway refused itself."""
        self._of_api(peer, "ClientError")

    def _of_function(self, function: str, name: str, value: float) -> None:
        self.metrics.put("AWS/Lambda", name, {"FunctionName": function}, value)

    def _of_api(self, peer: Peer, name: str) -> None:
        self.metrics.put("AWS/ApiGateway", name, {"ApiId": peer.api_id}, 1)
