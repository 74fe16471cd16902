"""The paths that clients know."""

SOCKET_PATH = "/api/socketio"


def is_socket_path(path: str) -> bool:
    """Whether it is that of sockets: a slash at the end does not matter."""
    return path.removesuffix("/") == SOCKET_PATH
