"""Calls of AWS, by the real functions over moto; and what the model of `make cost` says of their price."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.bench.measuring import Count, Row
from tests.cost.counting import Counted, upgrade
from tests.drivers import ChatDriver
from tests.fakes import Counting
from tests.tables import dynamodb
from tools.cost import model
from tools.cost.tables import deployment
from tools.cost.usage import total

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb import DynamoDBClient

ROOM, ANSWER = 1.05, 1.40
WORDS, LISTENERS = 200, (10, 100)
ECHO = {"agentId": "echo"}
READS = ("get_item", "query", "batch_get_item")


def rows() -> Iterator[Row | Count]:
    yield from prices()
    with dynamodb() as client:
        yield from calls(Counting(client))
        yield from transports(client)


def prices() -> Iterator[Row]:
    settings = deployment()
    for members in LISTENERS:
        cost, floor = total(model.room_event(settings, members)).usd, model.room_floor(members).usd
        what = f"a message to a room of {members}, a million of them"
        yield Row(what, cost * 1e6, "its frames and one call", floor * 1e6, ROOM, "$")
    items = model.answer(settings, WORDS)
    floor = model.answer_floor(settings, WORDS).usd * 1e6
    cost = total(items).usd * 1e6
    yield Row(
        f"whole answers of {WORDS} words, a million of them", cost, "their frames and one call", floor, ANSWER, "$"
    )
    for item in items:
        yield Row(f"… {item.what}", item.usage.usd * 1e6, "the same", floor, None, "$")
    by_default, alone = (usage.usd * 1e6 for usage in (model.upgrading(settings), model.connecting(settings)))
    yield Row("default transports: sessions, a million of them", by_default, "WebSocket alone", alone, None, "$")


def calls(counting: Counting) -> Iterator[Count]:
    chat = ChatDriver(counting)  # type: ignore[arg-type]
    listener = chat.connect("carol")  # the functions are warm, the user is online
    listener.emit("chat:join", ECHO)
    listener.emit("chat:message", {**ECHO, "message": "warm"})
    chat.answer()
    counting.taken()
    posted = len(chat.transport.sent)
    client = chat.open()
    handshake = counting.taken()
    yield Count("$connect: writes", writes(handshake), 1)
    yield Count("$connect: asynchronous calls", len(chat.transport.sent) - posted, 1)
    client.send('40{"token":"key-of-carol"}')
    connected = counting.taken()
    yield Count("CONNECT: writes", writes(connected), 1)
    yield Count("CONNECT: queries", connected["query"], 1)
    yield Count("CONNECT: reads of connection, key and presence", connected["get_item"], 3)
    client.emit("chat:join", ECHO)
    client.emit("chat:history", ECHO)
    counting.taken()
    posted = len(client.frames)
    client.emit("chat:message", {**ECHO, "message": "word " * 60, "clientMessageId": "c1"})
    said = counting.taken()
    yield Count("chat:message: rate updates", said["update_item"], 1)
    yield Count("chat:message: transactions", said["transact_write_items"], 1)
    yield Count("chat:message: reads", reads(said), 1)
    yield Count("chat:message: posts", len(client.frames) - posted, 1)
    yield Count("chat:message: workflows started", len(chat.answers_started), 1)
    chat.answer()
    yield from burst(chat, counting)
    client.emit("chat:typing", {**ECHO, "isTyping": True})  # session, plan and agent are read again
    chat.clock.advance(1)
    counting.taken()
    client.emit("chat:typing", {**ECHO, "isTyping": True})
    typed = counting.taken()
    yield Count("chat:typing: queries", typed["query"], 1)
    yield Count("chat:typing: other calls", sum(typed.values()) - typed["query"], 0)


def burst(chat: ChatDriver, counting: Counting) -> Iterator[Count]:
    """A second of a burst: what ten seconds more of an answer take, by the second."""
    short, long = (answered(chat, counting, words) for words in (60, 660))
    seconds = (660 - 60) / 3 * 0.05
    a_second = {name: (long[name] - short[name]) / seconds for name in long}
    yield Count("a burst, a second of it: small reads", round(a_second["get_item"], 1), 4)
    yield Count("a burst, a second of it: queries", round(a_second["query"], 1), 1)
    yield Count("a burst, a second of it: small writes", round(writes(a_second), 1), 2)


def answered(chat: ChatDriver, counting: Counting, words: int) -> Counter[str]:
    client = chat.connect("carol")
    client.emit("chat:message", {**ECHO, "message": "word " * words})
    counting.taken()
    chat.answer()
    taken = Counter(counting.taken())
    chat.clock.advance(60)  # so that the rate lets the next one through
    client.close()
    return taken


def transports(client: DynamoDBClient) -> Iterator[Count]:
    """From the handshake to the first ack: by a WebSocket alone, and by long-polling and its upgrade."""
    chat = Counted(client)
    chat.connect("carol").emit("chat:history", ECHO)  # the functions are warm
    with chat.counting() as counted:
        chat.connect("carol").emit("chat:history", ECHO)
    with chat.counting() as upgraded:
        address = upgrade(chat, chat.poll("carol"))
        chat.receive(address, f'421["chat:history",{{"agentId":"{ECHO["agentId"]}"}}]')
    for what, (usage,) in (("WebSocket alone", counted), ("default transports", upgraded)):
        yield Count(f"{what}: calls of functions to the first ack", usage.requests, None)
        yield Count(f"{what}: units written to the first ack", usage.writes, None)


def reads(taken: Any) -> int:
    return sum(taken.get(name, 0) for name in READS)


def writes(taken: Any) -> Any:
    return sum(count for name, count in taken.items() if name not in READS)
