"""What each event uses, by formulas whose counts `tests/cost` takes from the real functions.

Calls, frames, read and write units are counted there. What only a bill can tell is assumed here, in one place, and
named so on the page. A deployment's own settings (`infra.config.Config`) say memory, window and heartbeat.
"""

import math
from collections.abc import Mapping

from infra.config import Config, FunctionSize
from serverless_socketio.heartbeat import TICK_MS
from serverless_socketio.polling.server import LONG_MS, SHORT_MS
from tools.cost.usage import LineItem, Usage, total

FRAME_MS = 30  # assumed: a call that handles a frame with one or two calls of AWS
MESSAGE_MS = 60  # assumed: `chat:message`, which has four one after the other
CONNECT_MS = 30  # assumed: `$connect` and `$disconnect`
PONG_MS = 5  # assumed
PROBE_MS = 100  # assumed: how long a client's GET is held until it probes the WebSocket
NETWORK_MS = 50  # assumed: from the end of a GET to the next one
POST_MS = 0.5  # assumed: each further post of a call that has many
STEP_MS = 150  # assumed: a step of an answer beside its pacing
TICK_CALL_MS = 40  # assumed: ten calls of DynamoDB, one after the other
SCHEDULE_MS = 30  # assumed
INIT_MS, INIT_SHARE = 400, 1 / 200  # assumed: a cold start, which is billed, and how many calls have one
QUESTION = 20  # assumed: words of a message
WORD_BYTES = 6  # assumed: a word and the space behind it
HTTP_LOG_BYTES = 190  # one line for each HTTP request, as above
ACCESS_LOG_BYTES = 230  # one line for each frame in, $connect and $disconnect: `ACCESS_LOG`, with ids as long as AWS's
SWEPT_LOG_BYTES = 450  # one line for each tick that found anything to do

LOOK_S, RENEW_S, PAUSE_MS = 0.25, 1.0, 1000  # how often a writer looks for a stop, renews its lease; `burst.PAUSE_S`
HISTORY_LINES = 20  # that an agent is given
PING_READS = 1.05  # half a unit when it is pinged and half when it is judged; its entry in the index, both times
LONG_WRITES, LONG_READS = 4, 87  # of a GET that is held for 20 s: it looks 80 times, and counts among those held
SHORT_WRITES, SHORT_READS = 2, 10  # of one that is held for a second, since too many are held
PINGED_WRITES, PINGED_READS = 2, 2  # a ping that is put into the outbox, and its pong
MESSAGE_OVERHEAD, TEXT_OVERHEAD = 220, 110  # bytes of a stored line and of a stored answer beside their text
CHUNK_BYTES, ANSWER_BYTES, ACK_BYTES = 172, 560, 140  # posted: a chunk beside its text, all other frames, the ack

MONTH_MINUTES = 43_200
TICKS_A_MONTH = MONTH_MINUTES * 60_000 // TICK_MS
POLLS_A_MINUTE = 3  # a long poll waits for 20 s
BOUND_POLLERS, FREE_POLLERS = 5, 2  # Lambda's on an idle queue, with a bound to its calls and without one
QUEUES: Mapping[str, bool] = {
    "ticks": False,
    "openings": False,
    "reminders": False,
    "batches": True,
    "push": True,
    "deliveries": True,
}
"""Queues that a function reads, and whether its calls have a bound (`tests/infra` holds the template to it)."""
LARGE_ROOM_BATCH = 500  # connections
ALARM_METRICS = 56  # that alarms read: each is paid, also several of one alarm (`tests/infra` holds the template to it)
CONNECT_OUTCOMES = ("accepted", "unauthorized", "forbidden", "unavailable")
OWN_METRICS = 27  # that functions print, each outcome one of its own; a month has all of them only if all happens
PUSH_METRICS = 5  # of each push service
METRIC_BYTES = 400  # a line that makes metrics, e.g. of an answer's end, as CloudWatch Logs takes it in


def call(size: FunctionSize, ms: float) -> Usage:
    """Return one call of a function, with its share of cold starts."""
    return Usage(requests=1, gb_s=size.memory_mb / 1024 * (ms + INIT_SHARE * INIT_MS) / 1000)


def logged() -> Usage:
    """Return a line of the API's access log."""
    return Usage(log_gb=ACCESS_LOG_BYTES / 1e9)


def chunks_in(words: int, chunk_size: int) -> int:
    """Return the chunks that an answer has."""
    return -(-words // chunk_size)


def is_waited(settings: Config) -> bool:
    """Return whether the workflow waits between chunks, in place of a function that is paid."""
    return settings.chunk_delay_ms > PAUSE_MS


def answer(settings: Config, words: int, *, question: int = QUESTION, devices: int = 1) -> list[LineItem]:
    """Return what a message with its whole answer uses, item by item. `question`, `words`: their lengths in words."""
    chunks = chunks_in(words, settings.chunk_size)
    pacing_s = _pacing_s(settings, words)
    frames = 1 + 1 + devices * (2 + chunks + 1 + 1) + (devices - 1)
    out_bytes = ACK_BYTES + devices * answer_bytes(words, chunks) + (devices - 1) * (WORD_BYTES * question + 200)
    steps = chunks if is_waited(settings) else 1
    sleeping_s = (chunks - 1) * (settings.chunk_delay_ms % 1000) / 1000 if is_waited(settings) else pacing_s
    streamer_ms = steps * (STEP_MS + devices * POST_MS) + sleeping_s * 1000
    execution_s = math.ceil(10 * (pacing_s + steps * STEP_MS / 1000 + 0.05)) / 10
    streamer = call(settings.streamer, streamer_ms / steps) * steps
    writes, reads = answer_units(settings, words, question)
    return [
        LineItem(
            "frames",
            f"message, ack, typing twice, {chunks} chunks, `complete`, `relation:updated`",
            Usage(frames=frames),
        ),
        LineItem("bytes out", f"{out_bytes / 1000:.1f} KB", Usage(out_gb=out_bytes / 1e9)),
        LineItem("`Message`", "one call", call(settings.message, MESSAGE_MS)),
        LineItem(
            "`Streamer`",
            f"{_calls(steps)}, {streamer_ms / 1000:.2f} s at {settings.streamer.memory_mb:,} MB, most of it asleep",
            streamer,
        ),
        LineItem("DynamoDB writes", f"{writes:.0f} units", Usage(writes=writes)),
        LineItem("DynamoDB reads", f"{reads:.1f} units", Usage(reads=reads)),
        LineItem(
            "Express workflow",
            f"one request, {execution_s:.1f} s of 64 MB",
            Usage(executions=1, execution_gb_s=execution_s * 64 / 1024),
        ),
        LineItem("access log", "one line", logged()),
        LineItem("metrics", "one line: how it ended, and when it began", Usage(log_gb=METRIC_BYTES / 1e9)),
    ]


def answer_floor(settings: Config, words: int, *, question: int = QUESTION) -> Usage:
    """Return the least that any design uses for it: its frames, what is in them, and one call."""
    items = {item.what: item.usage for item in answer(settings, words, question=question)}
    return items["frames"] + items["bytes out"] + items["`Message`"]


def answer_bytes(words: int, chunks: int) -> int:
    """Return what one device is posted of an answer: its text comes twice, in chunks and in `complete`."""
    return ANSWER_BYTES + CHUNK_BYTES * chunks + 2 * WORD_BYTES * words


def answer_units(settings: Config, words: int, question: int) -> tuple[float, float]:
    """Return write and read units from the message on, in a chat of lines as long as these."""
    writes = total(answer_writes(settings, words, question)).writes
    history = HISTORY_LINES * (WORD_BYTES * (words + question) / 2 + MESSAGE_OVERHEAD - 60)
    read = 2 + 9.5 + math.ceil(history / 4096)
    if is_waited(settings):
        return writes, read + 3 * (chunks_in(words, settings.chunk_size) - 1)
    renewals = _renewals(settings, words)  # each with a look at the members
    looks = max(0, math.ceil(_pacing_s(settings, words) / LOOK_S) - 1) - renewals
    return writes, read + renewals + looks


def answer_writes(settings: Config, words: int, question: int) -> list[LineItem]:
    """Return the write units of an answer, each with its promise; in a transaction each counts twice."""
    line, text = _kb(WORD_BYTES * question + MESSAGE_OVERHEAD), _kb(WORD_BYTES * words + TEXT_OVERHEAD)
    reply = _kb(WORD_BYTES * words + MESSAGE_OVERHEAD)
    if is_waited(settings):
        steps = chunks_in(words, settings.chunk_size) - 1
        kept = LineItem("taken, noted, given up", "as below, in each further step", Usage(writes=3 * steps))
    else:
        kept = LineItem(
            "lease renewed, once a second",
            "no two writers at a time; after a crash a second is said again at most",
            Usage(writes=_renewals(settings, words)),
        )
    return [
        LineItem("rate", "the plan's messages a minute, whichever function counts", Usage(writes=1)),
        LineItem("accepted: the line", "what is acked is in the history", Usage(writes=2 * line)),
        LineItem("accepted: the chat", "one answer at a time", Usage(writes=2)),
        LineItem("accepted: the control record", "what is acked gets a `complete`, whatever fails", Usage(writes=2)),
        LineItem("accepted: the client's id", "sent again it is the same message, for 24 h", Usage(writes=2)),
        LineItem("index of live answers, in and out", "an answer that lost its writer is found", Usage(writes=2)),
        LineItem("taken", "one writer, though a workflow may run twice", Usage(writes=1)),
        LineItem("the text", "a writer that replaces another says the same", Usage(writes=text)),
        LineItem("the schedule", "it goes on where the other was, at its pace", Usage(writes=1)),
        kept,
        LineItem("ended: the line", "it is in the history when `complete` arrives", Usage(writes=2 * reply)),
        LineItem("ended: the chat", "the relation has moved once, and the chat takes the next", Usage(writes=2)),
        LineItem("ended: the control record", "one end, whatever else would end it", Usage(writes=2)),
        LineItem("`complete` claimed", "exactly one", Usage(writes=1)),
        LineItem("`complete` posted", "not again", Usage(writes=1)),
    ]


def _pacing_s(settings: Config, words: int) -> float:
    return (chunks_in(words, settings.chunk_size) - 1) * settings.chunk_delay_ms / 1000


def _renewals(settings: Config, words: int) -> int:
    return max(0, math.ceil(_pacing_s(settings, words) / RENEW_S) - 1)


def room_event(settings: Config, members: int) -> list[LineItem]:
    """Return what an event to a room uses, sent without an ack to `members` others, up to `large_room`."""
    out_bytes = 100 * members
    return [
        LineItem("frames", f"1 in, {members} out", Usage(frames=1 + members, out_gb=out_bytes / 1e9)),
        LineItem("`Message`", "one call", call(settings.message, FRAME_MS + POST_MS * members)),
        LineItem("DynamoDB reads", "who is there", Usage(reads=max(1, math.ceil(members * 140 / 4096)))),
        LineItem("access log", "one line", logged()),
    ]


def room_floor(members: int) -> Usage:
    """Return the least that an event to a room uses: its frames and one request."""
    return Usage(frames=1 + members, out_gb=100 * members / 1e9, requests=1)


def connecting(settings: Config) -> Usage:
    """Return a connection of a user's only device that comes and later goes, its presence told to itself."""
    frames = Usage(frames=1 + 1 + 2, out_gb=300 / 1e9)  # open packet; CONNECT, its answer and `presence:updated`
    opened = call(settings.connect, CONNECT_MS) + call(settings.message, FRAME_MS) + Usage(writes=2)
    accepted = call(settings.message, MESSAGE_MS) + Usage(writes=8, reads=9.5)
    closed = call(settings.connect, CONNECT_MS) + Usage(writes=4, reads=2)
    return frames + opened + accepted + closed + grace(settings) + logged() * 3


def upgrading(settings: Config) -> Usage:
    """Return one that begins with long-polling, as stock clients do by default, and goes on over a WebSocket."""
    frames = Usage(frames=3, out_gb=300 / 1e9)  # the probe, its answer, `5`
    opened = request() + call(settings.polling, FRAME_MS) + Usage(writes=4)
    accepted = request() + call(settings.message, MESSAGE_MS) + Usage(writes=10, reads=10.5)
    answered = request() + call(settings.polling, FRAME_MS) + Usage(writes=2, reads=1)
    probed = call(settings.connect, CONNECT_MS) + call(settings.message, FRAME_MS) + Usage(writes=3, reads=2)
    released = request() + call(settings.polling, PROBE_MS) + Usage(writes=2, reads=4)  # the GET ends with a noop
    moved = call(settings.message, FRAME_MS) + Usage(writes=5, reads=2)
    closed = call(settings.connect, CONNECT_MS) + Usage(writes=6, reads=3)
    steps = opened + accepted + answered + probed + released + moved + closed
    return frames + steps + grace(settings) + logged() * 4


def grace(settings: Config) -> Usage:
    """Return what is left of a device that has gone: a reminder, at which its user is offline."""
    return call(settings.presence, FRAME_MS) + Usage(writes=3, reads=6, sqs=3)


def connected(settings: Config, hours: float = 1) -> Usage:
    """Return a connection that says nothing for some hours: its minutes, pings and pongs."""
    pings = 3_600_000 / settings.ping_interval_ms
    ping = Usage(frames=2, out_gb=1e-9, writes=1, reads=PING_READS) + call(settings.message, PONG_MS) + logged()
    return (Usage(minutes=60) + ping * pings) * hours


def polling(settings: Config, hours: float = 1, *, is_held: bool = True) -> Usage:
    """Return a session on long-polling that says nothing for some hours: its GETs, pings and pongs.

    `is_held`: its GETs are among the `polling_held_max` that are held for 20 s; all others are for a second.
    """
    hold_ms, writes, reads = (LONG_MS, LONG_WRITES, LONG_READS) if is_held else (SHORT_MS, SHORT_WRITES, SHORT_READS)
    get = request() + call(settings.polling, hold_ms) + Usage(writes=writes, reads=reads)
    pong = request() + call(settings.message, PONG_MS)
    ping = pong + Usage(writes=PINGED_WRITES, reads=PINGED_READS + PING_READS)
    return (get * gets(is_held=is_held) + ping * (3_600_000 / settings.ping_interval_ms)) * hours


def gets(*, is_held: bool) -> float:
    """Return the GETs of an hour, one after the other."""
    return 3_600_000 / (NETWORK_MS + (LONG_MS if is_held else SHORT_MS))


def request() -> Usage:
    """Return a request to the HTTP API, with its line of the log."""
    return Usage(http_requests=1, log_gb=HTTP_LOG_BYTES / 1e9)


def idle(settings: Config) -> list[LineItem]:
    """Return a month of a stack without connections."""
    pollers = sum(BOUND_POLLERS if bound else FREE_POLLERS for bound in queue_bounds(settings).values())
    polls = pollers * POLLS_A_MINUTE * MONTH_MINUTES
    calls = call(settings.sweeper, TICK_CALL_MS) * TICKS_A_MONTH + call(settings.sweeper, SCHEDULE_MS) * MONTH_MINUTES
    return [
        LineItem(
            "SQS, empty polls",
            f"{pollers} pollers of {len(QUEUES)} queues, three a minute each: {polls:,}",
            Usage(sqs=polls),
        ),
        LineItem(
            "SQS, ticks",
            f"sent six in a call {MONTH_MINUTES:,}, received and deleted {TICKS_A_MONTH:,} each",
            Usage(sqs=MONTH_MINUTES + 2 * TICKS_A_MONTH),
        ),
        LineItem("Lambda", f"{TICKS_A_MONTH:,} ticks, {MONTH_MINUTES:,} schedules", calls),
        LineItem(
            "DynamoDB",
            "a tick 1 write and 3.5 reads (7 queries), a schedule 1 and 3",
            Usage(writes=1, reads=3.5) * TICKS_A_MONTH + Usage(writes=1, reads=3) * MONTH_MINUTES,
        ),
        LineItem("Scheduler", "once a minute, once a day", Usage(schedules=MONTH_MINUTES + 30)),
    ]


def watching() -> list[LineItem]:
    """Return a month of alarms, a dashboard, and metrics of which each is written in every hour."""
    return [
        LineItem(
            "alarms",
            f"{ALARM_METRICS} metrics that they read; 10 are free. `alarms=false`: none",
            Usage(alarms=ALARM_METRICS),
        ),
        LineItem("dashboard", "one; 3 are free. `dashboard=false`: none", Usage(dashboards=1)),
        LineItem(
            "metrics", f"{OWN_METRICS}, outcomes apart, if all of it happens in every hour", Usage(metrics=OWN_METRICS)
        ),
        LineItem("metrics of pushes", f"{PUSH_METRICS} of each push service, here one", Usage(metrics=PUSH_METRICS)),
    ]


def queue_bounds(settings: Config) -> dict[str, bool]:
    """Return whether each queue's calls have a bound: a function with a share of its own has one, too."""
    readers = {"ticks": settings.sweeper, "openings": settings.sweeper, "reminders": settings.presence}
    shares = {name for name, size in readers.items() if size.concurrency is not None}
    return {name: bound or name in shares for name, bound in QUEUES.items()}


def month(settings: Config, users: int) -> list[LineItem]:
    """Return a month of so many users, as `HABITS` has them."""
    hours = users * HABITS["hours a day"] * HABITS["days"]
    sessions = users * HABITS["sessions a day"] * HABITS["days"]
    answers = users * HABITS["messages a day"] * HABITS["days"]
    whole = sum((item.usage for item in answer(settings, HABITS["words"])), Usage())
    lines = 2 * MESSAGE_OVERHEAD + WORD_BYTES * (HABITS["words"] + QUESTION)  # bytes that a message leaves for good
    ticks = Usage(log_gb=(SWEPT_LOG_BYTES + METRIC_BYTES) / 1e9, writes=1, reads=0.5) * TICKS_A_MONTH
    return [
        LineItem("messages and their answers", f"{answers:,} of {HABITS['words']} words", whole * answers),
        LineItem("connections", f"{hours:,} hours", connected(settings, hours)),
        LineItem(
            "what they said, stored",
            f"{lines / 1000:.1f} KB a message, with recovery, each month again",
            Usage(stored_gb=1e-9, recovery_gb=1e-9) * lines * answers,
        ),
        LineItem("coming and going", f"{sessions:,} sessions", connecting(settings) * sessions),
        LineItem(
            "the stack itself",
            "as idle, its ticks busy",
            sum((item.usage for item in idle(settings)), Usage()) + ticks,
        ),
    ]


HABITS = {"days": 22, "hours a day": 2, "sessions a day": 2, "messages a day": 10, "words": 200}
"""What a user does in a month, assumed: on 22 days, with one device."""


def _kb(size: int) -> int:
    return max(1, math.ceil(size / 1024))


def _calls(count: int) -> str:
    return "one call" if count == 1 else f"{count} calls"
