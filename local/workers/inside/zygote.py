"""A process with one function: it imports the function, and forks a worker whenever the engine asks for one.

Nothing of this project is left on the function's path, or among its modules. Where it cannot be forked, this very
process becomes a worker.

    engine to zygote                     what it does                           what it says
    {"import": …}                        imports the function                   {"unfit": why not to fork, or ""}
    {"learn": {…}}                       imports what workers have met since    {"unfit": …}
    {"fork": …} + channel, log           forks a worker                         {"pid": …}
    {"serve": …} + channel, log          becomes a worker                       {"pid": …}
    (any of them, failing)                                                      {"error": …, "type": …, "trace": …}

A zygote has one thread and opens no socket. What must not be shared is made after the fork: credentials and the log's
pipe come with the request, clients are connected by the worker's first call, and Python reseeds `random` in the child.
A function whose import starts a thread or opens a socket is unfit to be forked.

    engine to worker                     what it does                           what it says
    {"event": …, "context": …,           calls the handler                      {"result": …} or {"error": …, "type": …,
     "variables": …}                                                            "trace": …}, and perhaps {"news": …}
    (the channel closes)                 ends

What the handler prints is in the log's pipe before the result is sent: a caller that has the result has the log.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import signal
import socket
import stat
import sys
import threading
import time
import traceback
from typing import Any, NoReturn

from local.workers.inside import learning
from local.workers.inside.messages import Message, receive, send

PR_SET_PDEATHSIG = 1  # prctl(2): the signal that this process gets when its parent ends
STDOUT, STDERR = 1, 2
PARENT_CHECK_S = 0.5


# The function


class ImportedFunction:
    """A function that was imported."""

    def __init__(self, asked: Message) -> None:
        sys.path[:0] = asked["path"]
        self.learned = learning.Learned()
        self._handler = getattr(importlib.import_module(asked["module"]), asked["handler"])
        self._context = asked["context"]
        self._timeout_s = asked["timeoutS"]
        forget_project()
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
        fields["log_stream_name"] = os.environ.get("AWS_LAMBDA_LOG_STREAM_NAME", "")
        return type("LambdaContext", (), {**fields, "get_remaining_time_in_millis": remaining})()


def forget_project() -> None:
    """Let no function find a module of ours: in AWS there would be none."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "local"]:
        del sys.modules[name]


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


def become_worker(function: ImportedFunction, asked: Message, channel: int, log: int) -> NoReturn:
    """Take invocations until the engine closes the channel."""
    status = 1
    try:
        os.dup2(log, STDOUT)
        os.dup2(log, STDERR)
        os.close(log)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        set_variables(asked["variables"])
        serve(function, socket.socket(fileno=channel))
        status = 0
    except BaseException:  # `sys.exit` of a handler too: it ends the worker, and nothing else
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def serve(function: ImportedFunction, channel: socket.socket) -> None:
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
    commands = Commands(control)
    while True:
        asked, descriptors = receive(control)
        if asked is None:
            return
        ((kind, body),) = asked.items()
        try:
            answer = getattr(commands, f"on_{kind}")(body, *descriptors)
        except Exception as error:  # of an import, above all
            answer = told(error)
        send(control, answer)


class Commands:
    """What the engine can ask for."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._function: ImportedFunction

    def on_import(self, asked: Message) -> Message:
        """Import the function."""
        self._function = ImportedFunction(asked)
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


def main(control: str) -> None:
    """Serve on the control socket of this descriptor."""
    sys.path.pop(0)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    run(socket.socket(fileno=int(control)))
