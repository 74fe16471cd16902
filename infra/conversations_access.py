"""Which items of the conversations table each function may touch: by action, the partitions that it needs.

API keys (`KEY#…`), agents (`AGENTS`), plans (`PLANS`) and users (`USERS`) lie in this table, too, so a grant on the
whole table would let any function make keys. `docs/data-model.md` says what lies where. Transactions and batches need
the actions that they are made of. The local engine looks at these conditions, too (`local/engine/leading_keys.py`), and
`tests/granted.py` for each call in the tests of the functions.
"""

from collections.abc import Mapping

Access = Mapping[str, tuple[str, ...]]
"""Action of DynamoDB → patterns of partition keys."""

KEYS, AGENTS, PLANS, USERS = "KEY#*", "AGENTS", "PLANS", "USERS"
ISSUER = "ISSUER#*"  # keys that tokens are signed with
USER, CHAT, STREAM, PUSH = "USER#*", "CHAT#*", "STREAM#*", "PUSH#*"

ACCESS: Mapping[str, Access] = {
    "Connect": {
        "GetItem": (KEYS, PLANS),
        "PutItem": (USER,),  # a device in its grace
    },
    "Message": {
        "GetItem": (AGENTS, CHAT, KEYS, PLANS, PUSH, STREAM, USER),
        "Query": (CHAT, STREAM, USER),
        "BatchGetItem": (USER,),
        "PutItem": (CHAT, PUSH, STREAM, USER),
        "UpdateItem": (CHAT, STREAM, USER),
        "DeleteItem": (PUSH, USER),
    },
    "Presence": {
        "GetItem": (PLANS, USER),
        "Query": (USER,),
        "BatchGetItem": (USER,),
        "PutItem": (USER,),
        "DeleteItem": (USER,),
    },
    "Streamer": {
        "GetItem": (AGENTS, CHAT, STREAM, USER),
        "Query": (CHAT, STREAM, USER),
        "PutItem": (CHAT, STREAM, USER),
        "UpdateItem": (AGENTS, CHAT, STREAM),  # how an agent's provider does
    },
    "Sweeper": {
        "GetItem": (AGENTS, CHAT, KEYS, STREAM, USER),
        "Query": (CHAT, STREAM, USER),
        "PutItem": (CHAT, STREAM, USER),
        "UpdateItem": (CHAT, STREAM),
    },
    "Emitter": {
        "PutItem": (USER,),  # a device in its grace, found gone by a post
    },
    "Push": {
        "GetItem": (PLANS, PUSH, USER),
        "Query": (USER,),
        "BatchGetItem": (USERS,),
        "PutItem": (PUSH, USER),
        "UpdateItem": (USER, USERS),  # of how many days before its plan's end a user was reminded
        "DeleteItem": (PUSH, USER),
    },
    "Sender": {
        "GetItem": (PUSH, USER),
        "Query": (USER,),
        "PutItem": (PUSH,),
        "UpdateItem": (USER,),
        "DeleteItem": (PUSH, USER),
    },
}
"""By the construct id of the function."""

JUDGING: Access = {
    "GetItem": (ISSUER,),
    "UpdateItem": (ISSUER,),
    "BatchGetItem": (USER, USERS),
    "PutItem": (USERS,),  # a user who is seen for the first time
}
SIGN_IN: Mapping[str, Access] = {
    "Connect": JUDGING,
    "Message": JUDGING,
    "Polling": {"GetItem": (ISSUER,), "UpdateItem": (ISSUER,)},  # a token of a handshake, which CONNECT goes by
}
"""What more those need who judge tokens, where there is an issuer."""


def access_of(function: str, *, sign_in: bool) -> Access:
    """What a function needs, by its construct id. `sign_in`: whether there is an issuer of tokens."""
    needed, more = ACCESS.get(function, {}), SIGN_IN.get(function, {}) if sign_in else {}
    return {
        action: tuple(dict.fromkeys((*needed.get(action, ()), *more.get(action, ()))))
        for action in dict.fromkeys((*needed, *more))
    }
