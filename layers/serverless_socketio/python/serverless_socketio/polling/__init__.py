"""HTTP long-polling, and the upgrade to a WebSocket (Engine.IO 4)."""
