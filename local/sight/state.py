"""Everything that the page shows, as JSON: alarms, metrics, connections, rooms, answers, queues, lines, frames.

Items of tables are read where they lie, and of each only what is said here: neither keys nor texts.
"""

import json
import time
from collections.abc import Iterator, Mapping
from typing import Any

from local.engine import borrowed
from local.sight.alarms import judge_all
from local.sight.frames import redacted
from local.sight.metrics import Key
from local.sight.sight import Sight
from serverless_socketio.aws.attributes import from_attributes

WINDOW_S = 300
CURVE_STEPS, CURVE_WIDTH_S = 30, 20  # ten minutes of each metric, as a curve
FRAMES_SHOWN, LINES_SHOWN, ANSWERS_SHOWN, ROOMS_SHOWN = 100, 50, 30, 50
OWN_NAMES = ("tables", "functions", "queues", "stateMachines")

State = dict[str, Any]


def state(sight: Sight) -> State:
    """Return it all. Reads tables: not for the event loop."""
    now = time.time()
    names = {physical: own for kind in OWN_NAMES for own, physical in sight.resources.get(kind, {}).items()}
    connections = _rows(sight, "connections")
    return {
        "now": round(now * 1000),
        "alarms": [vars(each) for each in judge_all(borrowed.alarms(), sight.metrics, now)],
        "metrics": [_metric(sight, key, names, now) for key in sight.metrics.all()],
        "connections": _connections(sight, connections),
        "rooms": _rooms(connections, now),
        "answers": _answers(sight),
        "queues": _queues(names),
        "lines": [_line(each) for each in list(sight.lines)[: -LINES_SHOWN - 1 : -1]],
        "frames": [
            {
                "at": round(each.at * 1000),
                "connection": each.connection,
                "incoming": each.incoming,
                "text": each.shown,
                "length": each.length,
            }
            for each in sight.frames.last(FRAMES_SHOWN)
        ],
    }


def _metric(sight: Sight, key: Key, names: Mapping[str, str], now: float) -> State:
    end = now + 1
    statistics = {
        name: sight.metrics.statistic(key, name, begin=now - WINDOW_S, end=end)
        for name in ("SampleCount", "Sum", "Average", "Maximum", "p50", "p99")
    }
    return {
        "namespace": key.namespace,
        "name": key.name,
        "dimensions": {name: names.get(value, value) for name, value in key.dimensions},
        "statistics": statistics,
        "curve": list(sight.metrics.sums(key, steps=CURVE_STEPS, width_s=CURVE_WIDTH_S)),
    }


def _connections(sight: Sight, rows: Mapping[str, Mapping[str, State]]) -> list[State]:
    return [
        {
            "id": visitor.peer.connection_id,
            "since": visitor.peer.connected_at_ms,
            "last": round(visitor.last * 1000),
            "received": visitor.received,
            "sent": visitor.sent,
            "userAgent": visitor.peer.user_agent,
            **_whose(rows.get(f"CONN#{visitor.peer.connection_id}", {})),
        }
        for visitor in list(sight.visitors.values())
    ]


def _whose(rows: Mapping[str, State]) -> State:
    found = from_attributes(rows["CONN"]) if "CONN" in rows else {}
    session = found.get("sockets", {}).get("/", {}).get("session", {})
    rooms = [from_attributes(row) for sort, row in rows.items() if sort.startswith("ROOM#")]
    return {
        "form": found.get("form"),
        "userId": session.get("userId"),
        "plan": session.get("plan"),
        "rooms": len([row for row in rooms if row.get("entered", True)]),
    }


def _rooms(rows: Mapping[str, Mapping[str, State]], now: float) -> list[State]:
    found: list[State] = []
    for partition, members in rows.items():
        if partition.startswith("ROOM#"):
            namespace, _, room = partition.removeprefix("ROOM#").partition("#")
            there = [row for row in map(from_attributes, list(members.values())) if _is_in(row, now)]
            if there:
                found.append({"namespace": namespace, "room": room, "members": len(there)})
    return sorted(found, key=lambda room: (-room["members"], room["room"]))[:ROOMS_SHOWN]


def _is_in(row: Mapping[str, Any], now: float) -> bool:
    return not row.get("gone") and row.get("expires", 0) > now


def _answers(sight: Sight) -> list[State]:
    """Return the answers in flight and the newest that have ended."""
    partitions = _rows(sight, "conversations")
    streams = [rows["STREAM"] for name, rows in partitions.items() if name.startswith("STREAM#") and "STREAM" in rows]
    found: list[State] = [_answer(from_attributes(item)) for item in streams]
    return sorted(found, key=lambda each: (each["phase"] == "ended", -int(each["created"])))[:ANSWERS_SHOWN]


def _answer(item: Mapping[str, Any]) -> State:
    named = {
        "agentId": "agent_id",
        "userId": "user_id",
        "phase": "phase",
        "created": "created",
        "position": "position",
        "chunks": "chunks",
        "tries": "tries",
        "leaseUntil": "lease_until",
        "relayed": "relayed",
        "finishReason": "finish_reason",
    }
    return {"replyId": item["pk"].removeprefix("STREAM#"), **{to: item.get(name) for to, name in named.items()}}


def _queues(names: Mapping[str, str]) -> list[State]:
    return sorted(
        (
            {
                "name": names.get(queue.name, queue.name),
                "messages": queue.messages,
                "visible": queue.visible,
                "oldestS": round(queue.oldest_s),
            }
            for queue in borrowed.queue_depths()
        ),
        key=lambda each: str(each["name"]),
    )


def _line(line: Mapping[str, Any]) -> State:
    """Return what a function's line says beside the metrics' own description."""
    at = line["_aws"].get("Timestamp")
    text = json.dumps({name: value for name, value in line.items() if name != "_aws"})
    return {"at": at, "says": redacted(text)}


def _rows(sight: Sight, table: str) -> Mapping[str, Mapping[str, State]]:
    """Return the items of a table by partition and sort key, as they are at this moment."""
    physical = sight.resources.get("tables", {}).get(table)
    return dict(_partitions(physical)) if physical else {}


def _partitions(physical: str) -> Iterator[tuple[str, Mapping[str, State]]]:
    for table in borrowed.tables():
        if table["TableName"] == physical:
            for partition in list(table["items"]):
                yield partition, dict(table["items"].get(partition, {}))
