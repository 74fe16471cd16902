"""A process with one function: it imports the function, and forks a worker whenever the engine asks for one.

Run as a file, with the descriptor of its control socket as the argument, so that nothing of this project is on the
function's path. Where it cannot be forked, this very process becomes a worker.

    engine to zygote                     what it does                           what it says
    {"import": …}                        imports the function                   {"unfit": why not to fork, or ""}
    {"learn": {…}}                       imports what workers have met since    {"unfit": …}
    {"fork": …} + channel, log           forks a worker                         {"pid": …}
    {"serve": …} + channel, log          becomes a worker                       {"pid": …}
    (any of them, failing)                                                      {"error": …, "type": …, "trace": …}

A zygote has one thread and opens no socket. What must not be shared is made after the fork: credentials and the log's
pipe come with the request, clients and their connections are made by the worker's first call, and Python reseeds
`random` in the child. A function whose import starts a thread or opens a socket is unfit to be forked.

    engine to worker                     what it does                           what it says
    {"event": …, "context": …,           calls the handler                      {"result": …} or {"error": …, "type": …,
     "variables": …}                                                            "trace": …}, and perhaps {"news": …}
    (the channel closes)                 ends

What the handler prints is in the log's pipe before the result is sent: whoever has the result has the log. Each message
is JSON behind its length in four bytes.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import gc
import importlib
import json
import os
import signal
import socket
import stat
import struct
import sys
import threading
import time
import traceback
from typing import Any, NoReturn

Message = dict[str, Any]

LENGTH = struct.Struct(">I")
DESCRIPTORS = 2  # that come with a request for a worker
CHUNK_BYTES = 1 << 20
PR_SET_PDEATHSIG = 1  # prctl(2): the signal that this process gets when its parent ends
STDOUT, STDERR = 1, 2
PARENT_CHECK_S = 0.5
ANY_REGION = "us-east-1"  # a client wants one, whatever it is for


# Messages


def send(channel: socket.socket, message: Message, descriptors: tuple[int, ...] = ()) -> None:
    """Send one message, and descriptors with it."""
    body = json.dumps(message).encode()
    data = LENGTH.pack(len(body)) + body
    if descriptors:
        data = data[socket.send_fds(channel, [data], descriptors) :]
    channel.sendall(data)


def receive(channel: socket.socket) -> tuple[Message | None, list[int]]:
    """Return the next message and the descriptors that came with it; no message when the other side is gone."""
    head, descriptors = _receive_exactly(channel, LENGTH.size)
    if head is None:
        return None, []
    body, more = _receive_exactly(channel, *LENGTH.unpack(head))
    return (None if body is None else json.loads(body)), descriptors + more


def _receive_exactly(channel: socket.socket, size: int) -> tuple[bytes | None, list[int]]:
    parts, descriptors = [], array.array("i")
    room = socket.CMSG_SPACE(DESCRIPTORS * descriptors.itemsize)
    while size:
        data, ancillary, _flags, _address = channel.recvmsg(min(size, CHUNK_BYTES), room)
        if not data:
            return None, []
        for _level, _kind, packed in ancillary:
            descriptors.frombytes(packed[: len(packed) - len(packed) % descriptors.itemsize])
        parts.append(data)
        size -= len(data)
    return b"".join(parts), list(descriptors)


# What workers share


class Learned:
    """What this process has imported, and which clients were made in it.

    Both take a worker's first call most of its time. A worker tells the news after a call, and the zygote catches up,
    so that the next worker finds it done.
    """

    def __init__(self, session: Session | None) -> None:
        self._session = session
        self._modules: set[str] = set()
        self._clients: set[str] = set()

    def news(self) -> Message | None:
        """Return what is new since the last time, or `None`."""
        clients = self._session.clients if self._session else set()
        if len(sys.modules) == len(self._modules) and len(clients) == len(self._clients):
            return None
        modules = [name for name in sys.modules if name not in self._modules and _can_be_imported(name)]
        found = {"modules": modules, "clients": sorted(clients - self._clients)}
        self._modules, self._clients = set(sys.modules), set(clients)
        return found

    def catch_up(self, news: Message) -> None:
        """Import what workers have, and make a client of each service that they talk to."""
        for name in news["modules"]:
            with contextlib.suppress(ImportError):  # a module that only its importer can make
                importlib.import_module(name)
        if self._session:
            self._session.prepare(news["clients"])
        self.news()


def _can_be_imported(name: str) -> bool:
    return getattr(sys.modules[name], "__spec__", None) is not None


class Session:
    """boto3's default session, made before the fork: workers share what it has read about services.

    Making a client connects to nothing. The credentials are set in each worker.
    """

    def __init__(self) -> None:
        import boto3
        import botocore.session

        self.clients: set[str] = set()
        self._botocore = botocore.session.get_session()
        boto3.setup_default_session(botocore_session=self._botocore)
        self._note_clients(boto3.Session)

    def prepare(self, services: list[str]) -> None:
        """Have read what a client of each of these services needs."""
        import boto3

        for service in services:
            with contextlib.suppress(Exception):  # one that wants options of the function's own
                boto3.client(service, region_name=os.environ.get("AWS_REGION", ANY_REGION))  # type: ignore[call-overload]

    def renew_credentials(self) -> None:
        """Take the credentials that are in the environment now."""
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        self._botocore.set_credentials(*(os.environ[name] for name in names))

    def _note_clients(self, sessions: Any) -> None:
        make, made = sessions.client, self.clients

        def client(session: Any, service_name: str, *args: Any, **options: Any) -> Any:
            made.add(service_name)
            return make(session, service_name, *args, **options)

        sessions.client = client


def session() -> Session | None:
    """Return boto3's default session; `None` without boto3."""
    try:
        return Session()
    except ImportError:
        return None


def count_calls_in_chains(variable: str, header: str) -> None:
    """Have botocore say in a header how long the chain of calls is that a call belongs to: Lambda ends loops by it."""
    try:
        from botocore import handlers
    except ImportError:
        return

    def add(params: Any, **_more: Any) -> None:
        if depth := os.environ.get(variable):
            params["headers"].setdefault(header, depth)

    handlers.BUILTIN_HANDLERS.append(("before-call", add))


# The function


class Function:
    """A function that was imported."""

    def __init__(self, asked: Message) -> None:
        sys.path[:0] = asked["path"]
        self.session = session()
        self.learned = Learned(self.session)
        count_calls_in_chains(asked["depthVariable"], asked["depthHeader"])
        self._handler = getattr(importlib.import_module(asked["module"]), asked["handler"])
        self._context = asked["context"]
        self._timeout_s = asked["timeoutS"]
        self.learned.news()

    def call(self, asked: Message) -> Message:
        """Call the handler; returns what the engine is told of it."""
        set_variables(asked["variables"])
        try:
            answer = {"result": self._handler(asked["event"], self._context_of(asked))}
        except Exception as error:
            answer = told(error)
        if news := self.learned.news():
            answer["news"] = news
        return answer

    def _context_of(self, asked: Message) -> Any:
        """Return the context object: "Using the Lambda context object to retrieve Python function information"."""
        deadline = time.monotonic() + self._timeout_s

        def remaining(_context: Any) -> int:
            return max(0, int((deadline - time.monotonic()) * 1000))

        fields = {**self._context, **asked["context"], "identity": None, "client_context": None}
        return type("LambdaContext", (), {**fields, "get_remaining_time_in_millis": remaining})()


def told(error: BaseException) -> Message:
    """Return what the engine is told of an error."""
    trace = "".join(traceback.format_exception(error))
    return {"error": str(error), "type": type(error).__name__, "trace": trace}


def set_variables(variables: Message) -> None:
    """Set variables of the environment; `None` takes one away."""
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


# A worker


def become_worker(function: Function, asked: Message, channel: int, log: int) -> NoReturn:
    """Take invocations until the engine closes the channel."""
    status = 1
    try:
        os.dup2(log, STDOUT)
        os.dup2(log, STDERR)
        os.close(log)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        set_variables(asked["variables"])
        if function.session:
            function.session.renew_credentials()
        serve(function, socket.socket(fileno=channel))
        status = 0
    except BaseException:  # `sys.exit` of a handler too: it ends the worker, and nothing else
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def serve(function: Function, channel: socket.socket) -> None:
    """Answer each invocation on a channel."""
    while True:
        asked, _ = receive(channel)
        if asked is None:
            return
        answer = function.call(asked)
        sys.stdout.flush()
        sys.stderr.flush()
        try:
            send(channel, answer)
        except (TypeError, ValueError) as error:
            failure = f"Unable to marshal response: {error}"
            send(channel, {"error": failure, "type": "Runtime.MarshalError", "trace": failure})


# The zygote


def run(control: socket.socket) -> None:
    """Do what the engine asks, until it closes the control socket."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system collects what ends; the engine sees it by the channel
    zygote = Zygote(control)
    while True:
        asked, descriptors = receive(control)
        if asked is None:
            return
        ((kind, body),) = asked.items()
        try:
            answer = getattr(zygote, f"on_{kind}")(body, *descriptors)
        except Exception as error:  # of an import, above all
            answer = told(error)
        send(control, answer)


class Zygote:
    """What the engine can ask for."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._function: Function

    def on_import(self, asked: Message) -> Message:
        """Import the function."""
        self._function = Function(asked)
        return self._settled()

    def on_learn(self, news: Message) -> Message:
        """Catch up with the workers."""
        self._function.learned.catch_up(news)
        return self._settled()

    def on_fork(self, asked: Message, channel: int, log: int) -> Message:
        """Fork a worker."""
        sys.stdout.flush()
        sys.stderr.flush()
        zygote = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._control.close()
            end_with(zygote)
            become_worker(self._function, asked, channel, log)
        os.close(channel)
        os.close(log)
        return {"pid": pid}

    def on_serve(self, asked: Message, channel: int, log: int) -> NoReturn:
        """Become a worker."""
        send(self._control, {"pid": os.getpid()})
        threading.Thread(target=watch, args=(os.getppid(),), daemon=True).start()
        become_worker(self._function, asked, channel, log)

    def _settled(self) -> Message:
        gc.collect()
        gc.freeze()  # what is here is shared by all workers: a collection in one of them would copy it
        return {"unfit": unfit()}


def unfit() -> str:
    """Return why this process cannot be forked, or ""."""
    if not sys.platform.startswith("linux"):
        return "this system has no fork that is safe"
    if threading.active_count() > 1:
        return f"its import starts {', '.join(thread.name for thread in threading.enumerate()[1:])}"
    return "its import opens a socket" if open_sockets() > 1 else ""


def open_sockets() -> int:
    """Return how many sockets are open; the control socket is one."""
    found = 0
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - pathlib would be one import more
        with contextlib.suppress(OSError):  # the folder's own descriptor
            found += stat.S_ISSOCK(os.fstat(int(name)).st_mode)
    return found


def end_with(zygote: int) -> None:
    """Have the system end this process with its zygote: a busy worker must not write to the engine started next."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != zygote:
        os._exit(1)


def watch(engine: int) -> None:
    """End this process when the engine has ended."""
    while os.getppid() == engine:
        time.sleep(PARENT_CHECK_S)
    os._exit(1)


if __name__ == "__main__":
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    run(socket.socket(fileno=int(sys.argv[1])))
