"""Engine and edge, in this process and on these sockets."""

import asyncio
import os
import socket
import sys
import traceback
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

from local import ports
from local.edge import calls, guard
from local.edge.app import Edge
from local.edge.frames import ApiGatewayStream
from local.edge.session import Limits
from local.edge.site import Site
from local.edge.throttle import Throttles
from local.engine import apis, borrowed, durability, environment, permissions, settling
from local.engine.asynchronous import EventQueue, Queued
from local.engine.concurrency import Concurrency
from local.engine.destinations import Destinations
from local.errors import LocalError
from local.issuer.server import IssuerServer
from local.progress import complain
from local.reporting import Reporter
from local.settings import ROOT, Settings
from local.sight.page import Page
from local.sight.sight import Sight
from local.signals import stop_on_signals
from local.workers import invocations
from local.workers.lessons import Lessons
from local.workers.pool import Pool

PAGE = ROOT / "web" / "dist"  # `make page` builds it
CLOSE_S = 1.0  # for the `$disconnect`s of open connections, at the end
KEEP_ALIVE_S = 75.0  # boto3 keeps connections; a shorter time would close them under a function's request
HEADERS_BYTES_MAX = 64 * 1024
QUEUED_CONNECTIONS = 1024


class Cloud:
    """What runs: the application, and hold of its parts for those who deploy to it."""

    def __init__(self, settings: Settings, engine_port: int, lock: int) -> None:
        self.settings = settings
        self.engine_port = engine_port
        self._calls = ports.bind(0)
        environment.publish_calls(ports.number(self._calls))
        self.pool = Pool(Lessons(settings.home / "lessons.json"))
        self.reporter = Reporter()
        self.sight = Sight()
        self.concurrency = Concurrency(settings.account_concurrency, on_refusal=self.sight.throttled)
        self.issuer = IssuerServer() if settings.sign_in else None
        self.site = Site(PAGE)
        self.snapshots = durability.install(settings.home, lock)
        limits = Limits(idle_s=settings.idle_limit_s, lifetime_s=settings.lifetime_s)
        self.throttles = Throttles()
        self.edge = Edge(
            borrowed.engine_app,
            self.site,
            limits,
            self.throttles,
            on_call=self.snapshots.note_change,
            allowed_pages=guard.allowed_in(settings.functions.get("ALLOWED_ORIGINS", "")),
            witness=self.sight,
            own_page=Page(self.sight).serve,
        )
        self._keeps = False
        self._stopping = asyncio.Event()
        self._status = 0

    @property
    def overrides(self) -> dict[str, str]:
        """Variables of this run that the functions are told."""
        return {**self.settings.variables, **(self.issuer.variables if self.issuer else {})}

    @property
    def endpoint(self) -> str:
        """Where AWS clients find the engine."""
        return f"http://127.0.0.1:{self.engine_port}"

    async def run(self, sockets: list[socket.socket], when_up: Callable[[], Coroutine[Any, Any, None]]) -> NoReturn:
        """Serve until a signal comes or `when_up` fails, then end this process and all it started."""
        self._install()
        stop_on_signals(self._stopping)
        config = _server_config(sockets)
        tasks = [
            asyncio.create_task(borrowed.serve(self.edge, config, shutdown_trigger=asyncio.Event().wait)),
            asyncio.create_task(calls.listen(self._calls, self.snapshots.note_change, self.throttles)),
            asyncio.create_task(self.snapshots.keep_writing()),
            asyncio.create_task(self.sight.keep_looking()),
            asyncio.create_task(when_up()),
        ]
        if self.issuer:
            serving = borrowed.serve(
                self.issuer, _server_config(self.issuer.sockets), shutdown_trigger=asyncio.Event().wait
            )
            tasks.append(asyncio.create_task(serving))
        for task in tasks:
            task.add_done_callback(self._stop_if_failed)
        await self._stopping.wait()
        await self._end()

    def publish_management_url(self) -> None:
        """Let workers that start from now on know where to post, if the API's id is known."""
        api = apis.deployed()
        if api and api.stages:
            environment.publish_management_url(ports.number(self._calls), api.id, api.stages[0])

    async def keep(self) -> None:
        """Write down what is there, and from now on answer no change before it is kept.

        Not earlier: a deployment changes much, and the next run would do it again.
        """
        self._keeps = True
        await self.snapshots.settle()

    def warm(self, counts: dict[str, int]) -> None:
        """Start so many workers of these functions. Blocks for their cold start."""
        for name, record in borrowed.functions():
            if name in counts:
                self.pool.warm(record, counts[name])

    def _install(self) -> None:
        """Put into the engine and the server what they lack."""
        borrowed.check_versions()
        borrowed.install_stream(ApiGatewayStream)
        borrowed.name_queues_alike_on_any_port()
        borrowed.parse_expressions_once()
        self.concurrency.install()
        invocations.install(self.pool, self.reporter.report, self.sight.ended)
        EventQueue(self._give_up).install()
        self.sight.install()
        permissions.install()
        settling.install(self._settle)

    def _give_up(self, queued: Queued, condition: str) -> None:
        self.sight.gave_up(queued)
        Destinations(self.endpoint).give_up(queued, condition)

    async def _settle(self) -> None:
        if self._keeps:
            await self.snapshots.settle()

    def _stop_if_failed(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()):
            complain(str(error) if isinstance(error, LocalError) else "".join(traceback.format_exception(error)))
            self._status = 1
            self._stopping.set()

    async def _end(self) -> NoReturn:
        """Close, save and go.

        The server's own shutdown waits for every kept-alive connection; the system closes them at once.
        """
        await self.edge.close(CLOSE_S)
        await asyncio.to_thread(self.snapshots.write_now)
        await asyncio.to_thread(self.pool.end_all)
        sys.stdout.flush()
        os._exit(self._status)


def _server_config(sockets: list[socket.socket]) -> borrowed.Config:
    config = borrowed.Config()
    config.bind = [f"fd://{bound.fileno()}" for bound in sockets]
    config.backlog = QUEUED_CONNECTIONS
    config.keep_alive_timeout = KEEP_ALIVE_S
    config.keep_alive_max_requests = sys.maxsize
    config.h11_pass_raw_headers = True
    config.h11_max_incomplete_size = HEADERS_BYTES_MAX
    config.loglevel = "WARNING"
    return config
