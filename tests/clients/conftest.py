"""The stack, its users and a browser, as the end-to-end tests have them."""

from tests.e2e.conftest import browser, consoles, listened, session_world, stack, turns, user, world

__all__ = ["browser", "consoles", "listened", "session_world", "stack", "turns", "user", "world"]
