"""A Socket.IO server as a construct: everything that `LambdaApp` wants of AWS, and who calls it for what.

=============  ======================================================================  ================================
function       called by                                                               for
=============  ======================================================================  ================================
`connect`      the API's ``$connect`` and ``$disconnect``                              handshakes
`frames`       the API's ``$default``; `connect`, asynchronously                       frames; open packets
`background`   the schedule, once a minute; the queues of ticks and of openings        pings, ends, late open packets
`batches`      the queue of batches                                                    posts to large rooms
`polling`      an HTTP API: all but its POSTs, which are `frames`' too                 long-polling, if that is wanted
=============  ======================================================================  ================================

Two functions are enough, and one more for long-polling, since it holds requests: `connect` is `frames`, and `batches`
is `background`, unless they are given apart. What waits never stands in the way of a frame.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from aws_cdk import Aws, Duration, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from . import bundling
from .accepted import accept_in_policy
from .function import PythonFunction, allow, called, layer
from .integrations import FrameMode
from .log_group import log_group
from .polling_api import PollingApi
from .scheduled import call_by_schedule
from .table import DUE_INDEX, SLOTS_INDEX, connections_table, index_arn
from .websocket_api import Throttle, WebSocketApi
from .work_queue import WorkQueue, into, let_send, work_queue

# API Gateway gives up on a frame at 29. A share of a tick, or a batch, takes a second or two.
FRAMES_TIMEOUT_S, BACKGROUND_TIMEOUT_S = 20, 60
POLLING_TIMEOUT_S = 25  # a request is held for 20; API Gateway gives up at 30
OPENER_AGE = Duration.seconds(60)  # a client that was not told anything for so long has gone
TICK_WORTH_S = 60  # a minute later the next schedule comes: nothing is worth repeating for longer
TRIES = 2  # the second is for a throttled call; what fails twice is worth a look
BATCH_TRIES = 10  # of a call that broke, six minutes apart; who was only refused gets a batch of their own
POSTERS_MAX = 10  # at about 500 posts a second each, half of API Gateway's default quota for an account

NOT_APP = (".git", ".venv", "cdk.out", "node_modules")  # beside an app, if its folder is a whole project
POLLING_ITEMS = "CONN#poll:*"  # partition keys of polling sessions: `aws.store.rows`
NO_ID_YET = "Connections have no id before they are opened: @connections/*."
TABLE_ACTIONS = tuple(
    f"dynamodb:{action}" for action in ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "UpdateItem")
)
"""What the store calls. Transactions need the actions that they are made of."""


@dataclass(frozen=True, kw_only=True)
class Functions:
    """Functions that hand what they are called with to a `LambdaApp`; each has a time-out and a role of its own."""

    frames: lambda_.Function
    background: lambda_.Function
    connect: lambda_.Function | None = None
    batches: lambda_.Function | None = None
    polling: lambda_.Function | None = None


class SocketIoApi(Construct):
    """A WebSocket API, the table of connections, the functions behind it, ticks, batches, and what died of them.

    As `Default` in its stack it leaves no trace in the names of what it makes.

    Args:
        scope: Where it belongs.
        id: Its name in the stack.
        app: The app, a file or a folder, for two functions that it makes. The library goes with it, as a layer.
        handler: `module.function` of the app, a `LambdaApp`'s handler; if not given, `handler` of the file, or of the
            folder's `app.py`.
        functions: Functions that are there already, in place of `app`.
        polling: Whether the `app` has an HTTP API for long-polling, too, and a function for that.
        routes: Who is called instead with a native client's JSON message whose `action` is one of these.
        environment: The app's variables, and settings of the library, e.g. `PING_INTERVAL_MS`.
        layers: What the app imports beside the library.
        memory_mb: Of each function that is made; the CPU goes with it.
        answer_in_response: Whether acks go back as route responses.
        frames: How frames are handed on: ``sync``, or ``async``, where what Lambda refuses waits and disconnects no
            client; see `integrations`. Not both: ValueError.
        throttle: Messages of all connections together: how many a second, and how many at once; what is above gets an
            error frame.
        connect_throttle: New connections, likewise.
        log_level: The least level that the functions log.
        log_retention_days: Days that logs are kept.
        account_log_role: Whether to set the account's role by which API Gateway writes logs; see `WebSocketApi`.
        fixed_id: Asks a local engine for this API id.

    Attributes:
        functions: Who is called for what.
        table: The table of connections.
        api: The WebSocket API.
        url: `wss://…/live`. A client of Socket.IO takes the host as its address and `path` as its path.
        path: `/live`.
        polling_domain: Host name of the HTTP API for long-polling, which serves any path; `None` without one. What
            stands before both APIs asks it for what has `transport=polling` in its query.
        ticks: The queue of ticks, and what died of them; `openings` and `batches` likewise.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        app: str | Path | None = None,
        handler: str = "",
        functions: Functions | None = None,
        polling: bool = False,
        routes: Mapping[str, lambda_.IFunction] | None = None,
        environment: Mapping[str, str] | None = None,
        layers: Sequence[lambda_.ILayerVersion] = (),
        memory_mb: int = 512,
        answer_in_response: bool = False,
        frames: FrameMode = "sync",
        throttle: Throttle = (1000, 2000),
        connect_throttle: Throttle = (300, 500),
        log_level: str = "INFO",
        log_retention_days: int = 30,
        account_log_role: bool = True,
        fixed_id: str = "",
    ) -> None:
        super().__init__(scope, id)
        self.table = connections_table(Construct(self, "Tables"), "Connections")
        if app is not None and functions is None:
            # Nothing is built for a local engine, which runs functions from their sources.
            target = bundling.lambda_target() if Stack.of(self).bundling_required else bundling.local_target()
            app = Path(app).absolute()
            make = partial(
                PythonFunction,
                self,
                code=bundling.copied(app, target, mounted=bundling.FUNCTION_AT, without=NOT_APP),
                handler=handler or f"{'app' if app.is_dir() else app.stem}.handler",
                layers=[layer(self, "ServerlessSocketio", bundling.library(target)), *layers],
                memory_mb=memory_mb,
                environment=environment or {},
                log_level=log_level,
                log_retention_days=log_retention_days,
            )
            functions = Functions(
                frames=make("Frames", timeout_s=FRAMES_TIMEOUT_S),
                background=make("Background", timeout_s=BACKGROUND_TIMEOUT_S),
                polling=make("Polling", timeout_s=POLLING_TIMEOUT_S) if polling else None,
            )
        elif app is not None or functions is None:
            raise ValueError("SocketIoApi takes either `app` or `functions`")
        self.functions = functions
        self._connect = self.functions.connect or self.functions.frames
        self._batches = self.functions.batches or self.functions.background
        self.api = WebSocketApi(
            self,
            "Api",
            connect=called(self._connect),
            default=called(self.functions.frames),
            routes={key: called(function) for key, function in (routes or {}).items()},
            answers=answer_in_response,
            frames=frames,
            throttle=throttle,
            connect_throttle=connect_throttle,
            log_group=log_group(self, "ApiLog", days=log_retention_days),
            account_log_role=account_log_role,
            fixed_id=fixed_id,
        )
        self.url, self.path = self.api.url, self.api.path
        self.environment = {
            "CONNECTIONS_TABLE": self.table.table_name,
            "CALLBACK_URL": self.api.callback_url,
            "URL_SUFFIX": Aws.URL_SUFFIX,
            "STACK_NAME": Stack.of(self).stack_name,
            "ANSWER_IN_RESPONSE": str(answer_in_response).lower(),
            "POLLING": str(self.functions.polling is not None).lower(),
        }
        self.polling_domain = self._make_polling(throttle, log_retention_days, fixed_id)
        self.ticks = self._make_ticks()
        self.openings = self._make_openings()
        self.batches = self._make_batches()
        for function in (self.functions.frames, self.functions.background, self._batches):
            self.grant_emit(function, everyone=app is not None)
        self._grant_connections(self._connect)
        allow(self.functions.background, ["dynamodb:BatchGetItem"], self.table.table_arn)
        allow(self.functions.background, ["dynamodb:Query"], index_arn(self.table, DUE_INDEX))
        if self.functions.polling is not None:
            allow(self.functions.background, ["dynamodb:Query"], index_arn(self.table, SLOTS_INDEX))

    def introduce(self, *functions: lambda_.Function) -> None:
        """Tell functions of this API: variables that `LambdaApp` reads; no permission."""
        for function in functions:
            for name, value in self.environment.items():
                function.add_environment(name, value)

    def grant_emit(self, grantee: iam.IGrantable, *, everyone: bool = True) -> None:
        """Let a function, or any other role, emit; a function is told of this API, too.

        Args:
            grantee: Who emits. Any other process than a function's finds its variables in `environment`, and in
                `batches.queue` the `BATCHES_QUEUE_URL`.
            everyone: Whether also to all sockets, which reads the index of all connections.
        """
        self._grant_connections(grantee)
        if isinstance(grantee, lambda_.Function):
            let_send(self.batches.queue, "BATCHES_QUEUE_URL", grantee)
        else:
            allow(grantee, ["sqs:SendMessage"], self.batches.queue.queue_arn)
        if everyone:
            allow(grantee, ["dynamodb:Query"], index_arn(self.table, DUE_INDEX))

    def _grant_connections(self, grantee: iam.IGrantable) -> None:
        """Let it look after connections: their items, posts to them, their ends."""
        if isinstance(grantee, lambda_.Function):
            self.introduce(grantee)
        allow(grantee, TABLE_ACTIONS, self.table.table_arn)
        self.api.grant_connections(grantee)
        accept_in_policy(grantee, {"IAM5": NO_ID_YET})

    def _make_polling(self, throttle: Throttle, log_retention_days: int, fixed_id: str) -> str | None:
        """Make the HTTP API, if there is a function for it: that may touch polling sessions, and nothing else."""
        polls = self.functions.polling
        if polls is None:
            return None
        self.introduce(polls)
        statement = iam.PolicyStatement(
            actions=[f"dynamodb:{action}" for action in ("GetItem", "PutItem", "UpdateItem")],
            resources=[self.table.table_arn],
            conditions={
                "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [POLLING_ITEMS]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        )
        polls.grant_principal.add_to_principal_policy(statement)
        api = PollingApi(
            self,
            "PollingApi",
            polls=polls,
            frames=self.functions.frames,
            log_group=log_group(self, "PollingApiLog", days=log_retention_days),
            throttle=throttle,
            fixed_id=f"{fixed_id}polling" if fixed_id else "",
        )
        return api.domain

    def _make_ticks(self) -> WorkQueue:
        """Make the ticks: twelve a minute, whether there are connections or not.

        A schedule comes at most once a minute and up to a minute late; delayed messages bring it down to ten seconds. A
        tick whose slot has been served is skipped, so the queue needs no order. A share is 250 connections and a second
        or two, so a million connections are 67 calls at a time.
        """
        scope, background = Construct(self, "Sweeping"), self.functions.background
        made = work_queue(scope, "Ticks", consumer=background, batch=1, tries=TRIES, at_once=None)
        let_send(made.queue, "TICKS_QUEUE_URL", background)
        call_by_schedule(
            scope,
            "EveryMinute",
            function=background,
            expression="rate(1 minute)",
            says="ticks",
            worth_s=TICK_WORTH_S,
            retries=1,
        )
        return made

    def _make_openings(self) -> WorkQueue:
        """Make the way of open packets: an asynchronous call of `frames`, and a queue for what was not there yet.

        The queue is apart from the ticks, which a flood of handshakes must not delay; the throttle of ``$connect``
        bounds it: 300 a second, each tried five times, are some 75 calls at a time. Its dead letters are also where a
        call goes that Lambda could not run within its age, or that failed: a client that never got its open packet
        leaves a trace. A call is not tried again: a retry comes a minute later, when the client has long gone.
        """
        scope, opener, late = Construct(self, "Opening"), self.functions.frames, self.functions.background
        made = work_queue(scope, "Openings", consumer=late, batch=1, tries=TRIES, at_once=None)
        let_send(made.queue, "OPENINGS_QUEUE_URL", opener, late)
        called(opener).configure_async_invoke(retry_attempts=0, max_event_age=OPENER_AGE)
        allow(opener, ["sqs:SendMessage"], made.dead.queue_arn)
        configured = called(opener).node.find_child("EventInvokeConfig")
        calls = cast("lambda_.CfnEventInvokeConfig", configured.node.default_child)
        calls.destination_config = into(made.dead)
        if self._connect is not opener:
            self._connect.add_environment("OPENER_FUNCTION", called(opener).function_name)
            allow(self._connect, ["lambda:InvokeFunction"], called(opener).function_arn)
        elif opener.role:  # a function that named itself in its own role or environment could not be made
            statement = iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[opener.function_arn])
            iam.Policy(scope, "Itself", statements=[statement], roles=[opener.role])
        return made

    def _make_batches(self) -> WorkQueue:
        """Make the queue of batches, in which events to large rooms are posted, and what could not be posted."""
        scope = Construct(self, "Emitting")
        made = work_queue(scope, "Batches", consumer=self._batches, batch=1, tries=BATCH_TRIES, at_once=POSTERS_MAX)
        let_send(made.dead, "EMITTING_DEAD_QUEUE_URL", self._batches)
        return made
