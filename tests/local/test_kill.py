"""`kill -9` of the engine at any moment: what it has answered is there when it runs again."""

import random
import signal
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local import aws
from tests.local.conftest import make_function
from tests.processes import Run, running

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(180)]

WRITERS = 4
ROUNDS = 2
TABLE, QUEUE = "storm", "storm"
HIDDEN_S = 1


@dataclass
class Writer:
    """One client that writes without a pause and remembers what it was told.

    Attributes:
        items: Value of each key, `None` for one that was deleted.
        pending: Values that a key may have instead: the engine was killed before it answered.
        sent: Messages that must be there.
        deleted: Messages that must not.
    """

    name: str
    items: dict[str, int | None] = field(default_factory=dict)
    pending: dict[str, int | None] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    deleted: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)
    answers: int = 0
    queue: str = ""

    def run(self, endpoint: str) -> None:
        """Write until nobody answers."""
        choose = random.Random(f"{self.name} {self.answers}")  # noqa: S311
        dynamodb, queues = aws.client("dynamodb", endpoint), aws.client("sqs", endpoint)
        steps: list[Callable[[], None]] = [
            lambda: self._one(dynamodb, choose.randrange(20)),
            lambda: self._pair(dynamodb),
            lambda: self._batch(dynamodb, choose.randrange(20)),
            lambda: self._remove(dynamodb, choose.randrange(20)),
            lambda: self._send(queues),
            lambda: self._receive(queues),
        ]
        try:
            self.queue = queues.get_queue_url(QueueName=QUEUE)["QueueUrl"]
            while True:
                choose.choice(steps)()
                self.answers += 1
        except (BotoCoreError, ClientError, ConnectionError):
            return

    def _one(self, dynamodb: Any, number: int) -> None:
        values = self._will({f"{self.name}-{number}": self.answers})
        for key, value in values.items():
            dynamodb.update_item(
                TableName=TABLE,
                Key={"pk": {"S": key}},
                UpdateExpression="SET amount = :value",
                ExpressionAttributeValues={":value": {"N": str(value)}},
            )
        self._was_told(values)

    def _pair(self, dynamodb: Any) -> None:
        values = self._will({f"{self.name}-left": self.answers, f"{self.name}-right": self.answers})
        puts = [{"Put": {"TableName": TABLE, "Item": item(key, value)}} for key, value in values.items()]
        dynamodb.transact_write_items(TransactItems=puts)
        self._was_told(values)

    def _batch(self, dynamodb: Any, number: int) -> None:
        values = self._will({f"{self.name}-{number}": self.answers, f"{self.name}-batch": self.answers})
        puts = [{"PutRequest": {"Item": item(key, value)}} for key, value in values.items()]
        dynamodb.batch_write_item(RequestItems={TABLE: puts})
        self._was_told(values)

    def _remove(self, dynamodb: Any, number: int) -> None:
        values = self._will({f"{self.name}-{number}": None})
        for key in values:
            dynamodb.delete_item(TableName=TABLE, Key={"pk": {"S": key}})
        self._was_told(values)

    def _will(self, values: dict[str, int | None]) -> dict[str, int | None]:
        self.pending = dict(values)
        return dict(values)

    def _was_told(self, values: dict[str, int | None]) -> None:
        self.items |= values
        self.pending = {}

    def _send(self, queues: Any) -> None:
        self.sent.add(queues.send_message(QueueUrl=self.queue, MessageBody=self.name)["MessageId"])

    def _receive(self, queues: Any) -> None:
        received = queues.receive_message(QueueUrl=self.queue, VisibilityTimeout=HIDDEN_S).get("Messages", [])
        for message in received:
            self.maybe.add(message["MessageId"])
            queues.delete_message(QueueUrl=self.queue, ReceiptHandle=message["ReceiptHandle"])
            self.maybe.discard(message["MessageId"])
            self.deleted.add(message["MessageId"])


def item(key: str, value: int | None) -> dict[str, Any]:
    return {"pk": {"S": key}, "amount": {"N": str(value)}}


def amounts(dynamodb: Any) -> dict[str, int]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=TABLE, ConsistentRead=True)
    return {found["pk"]["S"]: int(found["amount"]["N"]) for page in pages for found in page["Items"]}


def messages(queues: Any, queue: str) -> set[str]:
    """Return the ids of all messages, and let them be seen again at once."""
    found: set[str] = set()
    empty = 0
    while empty < 3:
        received = queues.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=30).get(
            "Messages", []
        )
        found |= {message["MessageId"] for message in received}
        empty = 0 if received else empty + 1
        if not received:
            time.sleep(HIDDEN_S / 2)
    return found


def storm(run: Run, writers: list[Writer], seconds: float) -> None:
    """Let all of them write, and kill the engine meanwhile."""
    threads = [threading.Thread(target=writer.run, args=(run.endpoint,)) for writer in writers]
    for thread in threads:
        thread.start()
    time.sleep(seconds)
    run.stop(signal.SIGKILL)
    for thread in threads:
        thread.join()


def check(run: Run, writers: list[Writer]) -> None:
    found = amounts(aws.client("dynamodb", run.endpoint))
    for writer in writers:
        for key, value in writer.items.items():
            assert found.get(key) in {value, writer.pending.get(key, value)}, key
        assert found.get(f"{writer.name}-left") == found.get(f"{writer.name}-right")
        for key in writer.items.keys() | writer.pending.keys():
            writer.items[key] = found.get(key)
        writer.pending = {}
    queues = aws.client("sqs", run.endpoint)
    queue = queues.get_queue_url(QueueName=QUEUE)["QueueUrl"]
    there = messages(queues, queue)
    sent, deleted, maybe = (
        set().union(*(getattr(writer, name) for writer in writers)) for name in ("sent", "deleted", "maybe")
    )
    assert not there & deleted
    assert sent - deleted - maybe <= there
    queues.purge_queue(QueueUrl=queue)
    for writer in writers:
        writer.sent, writer.deleted, writer.maybe = set(), sent | deleted | maybe, set()


@contextmanager
def with_table_and_queue(home: Path) -> Iterator[Run]:
    with running(home, "--bare") as run:
        aws.client("dynamodb", run.endpoint).create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        aws.client("sqs", run.endpoint).create_queue(QueueName=QUEUE)
        yield run


@pytest.mark.slow
def test_nothing_that_was_answered_in_a_storm_is_lost(tmp_path: Path) -> None:
    writers = [Writer(f"writer{number}") for number in range(WRITERS)]
    moment = random.Random()  # noqa: S311
    with with_table_and_queue(tmp_path) as run:
        storm(run, writers, moment.uniform(0.1, 2))
    for turn in range(ROUNDS):
        with running(tmp_path, "--bare") as run:
            check(run, writers)
            # the first is long enough to meet a snapshot, perhaps in its middle
            storm(run, writers, moment.uniform(0.1, 2) if turn else moment.uniform(4.5, 6))
    with running(tmp_path, "--bare") as run:
        check(run, writers)
    print(f"answered: {sum(writer.answers for writer in writers)}")  # noqa: T201


def test_what_changes_seldom_is_kept_too(tmp_path: Path) -> None:
    """Tables, queues, parameters and settings of functions, each killed as soon as it is answered."""
    with running(tmp_path, "--bare") as run:
        aws.client("ssm", run.endpoint).put_parameter(Name="/kept", Value="yes", Type="String")
        run.stop(signal.SIGKILL)
    with running(tmp_path, "--bare") as run:
        assert aws.client("ssm", run.endpoint).get_parameter(Name="/kept")["Parameter"]["Value"] == "yes"
        make_function(run, "function", "door.handler", {})
        functions = aws.client("lambda", run.endpoint)
        functions.put_function_concurrency(FunctionName="function", ReservedConcurrentExecutions=3)
        run.stop(signal.SIGKILL)
    with running(tmp_path, "--bare") as run:
        found = aws.client("lambda", run.endpoint).get_function_concurrency(FunctionName="function")
        assert found["ReservedConcurrentExecutions"] == 3


def test_a_message_keeps_its_time_over_a_kill(tmp_path: Path) -> None:
    with with_table_and_queue(tmp_path) as run:
        queues = aws.client("sqs", run.endpoint)
        queue = queues.get_queue_url(QueueName=QUEUE)["QueueUrl"]
        queues.send_message(QueueUrl=queue, MessageBody="later", DelaySeconds=900)
        due = time.time() + 6
        queues.send_message(QueueUrl=queue, MessageBody="soon", DelaySeconds=6)
        run.stop(signal.SIGKILL)
    with running(tmp_path, "--bare") as run:
        queues = aws.client("sqs", run.endpoint)
        queue = queues.get_queue_url(QueueName=QUEUE)["QueueUrl"]
        [received] = queues.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
        assert received["Body"] == "soon"
        assert time.time() >= due
        assert not queues.receive_message(QueueUrl=queue).get("Messages")


def test_a_log_of_another_version_is_told_in_one_line_and_the_snapshot_counts(tmp_path: Path) -> None:
    with with_table_and_queue(tmp_path) as run:
        dynamodb = aws.client("dynamodb", run.endpoint)
        dynamodb.put_item(TableName=TABLE, Item=item("a", 1))
        aws.client("ssm", run.endpoint).put_parameter(Name="/snapshot", Value="now", Type="String")
        dynamodb.put_item(TableName=TABLE, Item=item("b", 2))
        run.stop(signal.SIGKILL)
    for segment in (tmp_path / "state" / "journal").glob("*.log"):
        segment.write_bytes(b"of something else")
    with running(tmp_path, "--bare") as run:
        assert amounts(aws.client("dynamodb", run.endpoint)) == {"a": 1}
        assert [line for line in run.lines if line.startswith("What was written after the last snapshot is left out")]


def test_everything_that_a_run_keeps_is_its_owners_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "old.json").touch(mode=0o644)
    with with_table_and_queue(tmp_path) as run:
        make_function(run, "function", "door.handler", {})
        aws.client("s3", run.endpoint).create_bucket(Bucket="bucket")
        aws.client("s3", run.endpoint).put_object(Bucket="bucket", Key="key", Body=b"private")
        aws.client("lambda", run.endpoint).invoke(FunctionName="function", Payload=b"{}")
        paths = [tmp_path, *tmp_path.rglob("*")]
        open_to_others = [
            path for path in paths if stat.S_IMODE(path.lstat().st_mode) & 0o077 and not path.is_symlink()
        ]
        assert not open_to_others
        assert len(paths) > 10
