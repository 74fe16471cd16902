"""To notify a user from any Python process: a backend of yours, a job, a notebook.

Each function checks what it is given, puts one message on the queue `push`, and returns the notification's id. All that
it needs is ``sqs:SendMessage`` on that queue. The rules of `docs/push.md` hold: who looks at the chat is told instead,
quiet hours are kept.
"""

from __future__ import annotations

import os
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from serverless_socketio.aws.queue import SqsQueue
from serverless_socketio.system import SystemClock
from serverless_socketio_chat import ulid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sqs import SQSClient


def send_push_notification(
    user_id: str, notification: Mapping[str, Any], *, id: str | None = None, queue: str | None = None
) -> str:
    """Notify a user of anything.

    ```python
    send_push_notification("alice", {"title": "Shipped", "body": "Order 17 is on its way.", "url": "/orders/17"})
    ```

    Args:
        user_id: Who is notified.
        notification: `title` and `body`, perhaps `icon`, `badge`, `url`, `tag`, `actions`.
        id: Its name: the same one is pushed to a device once. Made if absent.
        queue: The URL of the queue `push`; the environment's ``PUSH_QUEUE_URL`` if absent.

    Raises:
        BadNotification: (a ValueError) it cannot be shown; nothing was sent.
        QueueError: The queue did not take it.
    """
    return _send(user_id, {"notification": dict(notification)}, id, queue)


def notify_agent_message(
    user_id: str,
    agent_name: str,
    preview: str,
    agent_id: str | None = None,
    *,
    id: str | None = None,
    queue: str | None = None,
) -> str:
    """Notify a user that an agent has said something; with its `agent_id`, it leads to their chat.

    For agents elsewhere: the answers of this chat's own are notified of without any help. `id`, `queue` and errors as
    in `send_push_notification`.
    """
    about = {} if agent_id is None else {"agentId": agent_id}
    return _send(user_id, {"agentMessage": {"agentName": agent_name, "preview": preview, **about}}, id, queue)


def notify_subscription_expiring(user_id: str, days: int, *, id: str | None = None, queue: str | None = None) -> str:
    """Notify a user that the plan ends in so many days: 0 is today.

    `id`, `queue` and errors as in `send_push_notification`.
    """
    return _send(user_id, {"subscriptionExpiring": {"days": days}}, id, queue)


def _send(user_id: str, about: Mapping[str, Any], name: str | None, queue: str | None) -> str:
    from serverless_socketio_chat.notifications import requests as asking

    url = queue or os.environ.get("PUSH_QUEUE_URL")
    if not url:
        raise ValueError("Give the URL of the queue `push`, or set PUSH_QUEUE_URL")
    name = name or ulid.new(SystemClock().now_ms())
    asked = asking.read({"userId": user_id, "id": name, **about})
    SqsQueue(_client, url).send([(asked.as_body(), 0)])
    return name


@lru_cache(maxsize=1)
def _client() -> SQSClient:
    import boto3

    return boto3.client("sqs")
