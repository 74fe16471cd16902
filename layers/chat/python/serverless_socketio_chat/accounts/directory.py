"""All that operators write: users, keys, plans and agents."""

from __future__ import annotations

from serverless_socketio_chat.accounts.table import Accounts, Plans
from serverless_socketio_chat.agents.table import Agents


class Directory(Accounts, Plans, Agents):
    """Users, keys, plans and agents in a table. Functions have the part that they read."""
