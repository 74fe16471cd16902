"""Connection-state recovery: sockets that outlive their connection."""
