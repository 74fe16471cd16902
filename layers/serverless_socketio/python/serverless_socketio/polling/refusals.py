"""Why Engine.IO refuses an HTTP request: codes and words of `Server.errorMessages` in ``engine.io/lib/server.ts``."""

UNKNOWN_TRANSPORT, UNKNOWN_SID, BAD_HANDSHAKE_METHOD, BAD_REQUEST, UNSUPPORTED_PROTOCOL = 0, 1, 2, 3, 5
REASONS = {
    UNKNOWN_TRANSPORT: "Transport unknown",
    UNKNOWN_SID: "Session ID unknown",
    BAD_HANDSHAKE_METHOD: "Bad handshake method",
    BAD_REQUEST: "Bad request",
    UNSUPPORTED_PROTOCOL: "Unsupported protocol version",
}
