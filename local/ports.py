"""Loopback sockets, bound before anything slow starts, so that a taken port is told at once."""

import errno
import socket
import time

from local.errors import LocalError

FREE_PORT_TRIES = 20
LINGER_S = 2  # a killed run's snapshot writer, or its workers, may hold the port a moment longer


class PortTakenError(LocalError):
    """Another process listens there; the message says what to do."""


def bind(port: int, *, variable: str = "PORT") -> list[socket.socket]:
    """Return sockets on 127.0.0.1 and, where this machine has it, ::1: browsers try either for `localhost`.

    Port 0 takes one that is free on both. Nothing but loopback is ever bound.
    """
    if port:
        return _bind_patiently(port, variable)
    for _ in range(FREE_PORT_TRIES):
        first = _listen_on(socket.AF_INET, "127.0.0.1", 0)
        try:
            return [first, *_bind_v6(first.getsockname()[1])]
        except OSError:
            first.close()
    raise PortTakenError("No port is free on both 127.0.0.1 and ::1.")


def number(sockets: list[socket.socket]) -> int:
    """Return the port that `sockets` share."""
    return int(sockets[0].getsockname()[1])


def _bind_patiently(port: int, variable: str) -> list[socket.socket]:
    deadline = time.monotonic() + LINGER_S
    while True:
        try:
            return _bind_both(port)
        except OSError as exc:
            if exc.errno == errno.EACCES:
                raise PortTakenError(
                    f"Port {port} needs more rights. Choose one above 1023: {variable}=… make run"
                ) from exc
            if exc.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise PortTakenError(
                    f"Port {port} is taken. Stop what listens there, or choose another: {variable}={port + 1} make run"
                ) from exc
            time.sleep(0.1)


def _bind_both(port: int) -> list[socket.socket]:
    first = _listen_on(socket.AF_INET, "127.0.0.1", port)
    try:
        return [first, *_bind_v6(port)]
    except OSError:
        first.close()
        raise


def _bind_v6(port: int) -> list[socket.socket]:
    try:
        return [_listen_on(socket.AF_INET6, "::1", port)]
    except OSError as exc:
        if exc.errno in {errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT}:
            return []  # no IPv6 here
        raise


def _listen_on(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        bound.listen(1)  # two sockets may share a bound address on Linux; only one may listen
    except OSError:
        bound.close()
        raise
    return bound
