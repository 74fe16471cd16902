"""Ctrl-C for us and not for the functions.

A terminal sends SIGINT to every process it sees, and a worker that dies at once cannot run the `$disconnect`s of the
connections that are closed. A blocked signal is inherited, so it is blocked before the first thread or worker starts,
and one thread waits for it.
"""

import asyncio
import os
import signal
import threading


def hold_back() -> None:
    """Keep Ctrl-C until `stop_on_signals`. Call it in the main thread before anything starts a thread: imports do."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def stop_on_signals(stop: asyncio.Event) -> None:
    """Set `stop` at Ctrl-C or SIGTERM. A second Ctrl-C ends this process at once; workers end with it.

    Call it in the main thread, in the running loop, after `hold_back`.
    """
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    threading.Thread(target=_wait, args=(loop, stop), daemon=True).start()


def _wait(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    signal.sigwait({signal.SIGINT})
    loop.call_soon_threadsafe(stop.set)
    signal.sigwait({signal.SIGINT})
    os._exit(130)
