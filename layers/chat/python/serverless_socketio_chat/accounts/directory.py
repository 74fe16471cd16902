"""All that operators write: users, keys, plans and agents."""

from __future__ import annotations

from serverless_socketio_chat.accounts.table import Accounts, Plans
from serverless_socketio_chat.accounts.token_records import TableKeySets
from serverless_socketio_chat.agents.table import Agents


class Directory(Accounts, Plans, Agents):
    """Users, keys, plans and agents in a table. Functions have the part that they read."""

    def forget_issuer(self, issuer: str) -> None:
        """Have the keys of an issuer of tokens read anew. One write."""
        TableKeySets(self._table, issuer).forget()
