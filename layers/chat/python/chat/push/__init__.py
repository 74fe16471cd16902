"""Web push: who may be pushed to and when, what is sent, and what becomes of it (`docs/push.md`)."""
