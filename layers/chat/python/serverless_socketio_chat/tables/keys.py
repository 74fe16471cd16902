"""The keys of the conversations table; `docs/data-model.md` lists them with their costs.

User ids and agent ids hold no ``#`` and no ``:`` (see `model.check_name`), so that no two names make the same key
or room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from serverless_socketio.aws.ports import Key
    from serverless_socketio_chat.model import Chat

LIVE_INDEX = ("live", "live", "created")
EXPIRY_INDEX = ("plan_expiry", "expires_on", "sk")
LOG = "LOG#"
SIGNED_OUT = "SIGNED_OUT"
LIVE_SHARDS = 4  # an index partition takes 1,000 writes a second: so many thousand answers may start in one


USERS, AGENTS, PLANS = "USERS", "AGENTS", "PLANS"  # few and small: a partition each, so that a query lists them


def user(user_id: str) -> Key:
    """A user."""
    return {"pk": USERS, "sk": f"USER#{user_id}"}


def user_keys_pk(user_id: str) -> str:
    """The partition of a user's keys."""
    return f"USER#{user_id}"


def user_key(user_id: str, digest: str) -> Key:
    """That a key is the user's: the way from a user to the keys."""
    return {"pk": user_keys_pk(user_id), "sk": f"KEY#{digest}"}


def presence(user_id: str) -> Key:
    """What was last announced of a user's presence."""
    return {"pk": f"USER#{user_id}", "sk": "PRESENCE"}


def absent(user_id: str, sid: str) -> Key:
    """A device of the user in its grace."""
    return {"pk": f"USER#{user_id}", "sk": f"ABSENT#{sid}"}


def told(user_id: str, notification_id: str) -> Key:
    """A notification that the user's devices were told, until it is known that they lived."""
    return {"pk": f"USER#{user_id}", "sk": f"TOLD#{notification_id}"}


def preferences(user_id: str) -> Key:
    """How a user wants to be notified, and how many devices are subscribed."""
    return {"pk": f"USER#{user_id}", "sk": "PUSH"}


def subscription(user_id: str, subscription_id: str) -> Key:
    """A device of the user that may be pushed to."""
    return {"pk": f"USER#{user_id}", "sk": f"SUB#{subscription_id}"}


def subscription_owner(subscription_id: str) -> Key:
    """Whose subscription it is: the way from an endpoint to its user."""
    return {"pk": f"PUSH#{subscription_id}", "sk": "OWNER"}


def sent(subscription_id: str, notification_id: str) -> Key:
    """That a notification was pushed to a device, or is being pushed."""
    return {"pk": f"PUSH#{subscription_id}", "sk": f"SENT#{notification_id}"}


def api_key(digest: str) -> Key:
    """An API key, by its SHA-256."""
    return {"pk": f"KEY#{digest}", "sk": "KEY"}


def signed_out(user_id: str) -> Key:
    """When a user was signed out: tokens that were issued until then are refused."""
    return {"pk": f"USER#{user_id}", "sk": SIGNED_OUT}


def key_set(issuer_digest: str) -> Key:
    """The keys that an issuer of tokens signs with, as they were read last."""
    return {"pk": f"ISSUER#{issuer_digest}", "sk": "KEYS"}


def agent(agent_id: str) -> Key:
    """An agent."""
    return {"pk": AGENTS, "sk": f"AGENT#{agent_id}"}


def plan(name: str) -> Key:
    """A plan."""
    return {"pk": PLANS, "sk": f"PLAN#{name}"}


def chat(of: Chat) -> Key:
    """What a chat remembers: its newest id, the running answer, the relation."""
    return {"pk": chat_pk(of), "sk": "CHAT"}


def chat_pk(of: Chat) -> str:
    """The partition of a chat."""
    return f"CHAT#{of.user_id}#{of.agent_id}"


def message(of: Chat, message_id: str) -> Key:
    """A line of a chat."""
    return {"pk": chat_pk(of), "sk": f"MSG#{message_id}"}


def client_message(of: Chat, client_message_id: str) -> Key:
    """That a client's id was used."""
    return {"pk": chat_pk(of), "sk": f"CLIENT#{client_message_id}"}


def stream(reply_id: str) -> Key:
    """The control record of an answer."""
    return {"pk": f"STREAM#{reply_id}", "sk": "STREAM"}


def text(reply_id: str) -> Key:
    """What an answer says."""
    return {"pk": f"STREAM#{reply_id}", "sk": "TEXT"}


def logged(reply_id: str, index: int) -> Key:
    """A chunk of a relayed answer. No answer has a million: each has a code point at least."""
    return {"pk": f"STREAM#{reply_id}", "sk": f"{LOG}{index:06d}"}
