"""Notify a user from any Python process that may send to the queue: python docs/examples/push/notify.py [user]"""

import json
import os
import sys
from pathlib import Path

import boto3

from serverless_socketio_chat.notifications import (
    notify_agent_message,
    notify_subscription_expiring,
    send_push_notification,
)

outputs = json.loads(Path(os.environ.get("OUTPUTS", ".local/outputs.json")).read_text())
os.environ.setdefault("AWS_DEFAULT_REGION", outputs["region"])
if "engineUrl" in outputs:  # of the local cloud, whose root user is `test`; without it: AWS
    os.environ["AWS_ENDPOINT_URL"] = outputs["engineUrl"]
    os.environ["AWS_ACCESS_KEY_ID"] = os.environ["AWS_SECRET_ACCESS_KEY"] = "test"

user = sys.argv[1] if sys.argv[1:] else "alice"
queue = boto3.client("sqs").get_queue_url(QueueName=outputs["resources"]["queues"]["push"])["QueueUrl"]

send_push_notification(user, {"title": "Shipped", "body": "Order 17 is on its way.", "url": "/orders/17"}, queue=queue)
notify_agent_message(user, "Mira", "I have thought about your question …", "companion", queue=queue)
notify_subscription_expiring(user, 3, queue=queue)
print("notified")
