"""Web push on the wire: encryption (RFC 8291), who pushes (RFC 8292), and the way to a push service (RFC 8030)."""
