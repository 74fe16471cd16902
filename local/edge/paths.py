"""The paths that clients know."""

SOCKET_PATH = "/api/socketio"
