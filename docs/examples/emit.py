"""Emit from any Python process that has the rights: python docs/examples/emit.py [room]"""

import json
import os
import sys
from pathlib import Path

import boto3

from serverless_socketio import Emitter
from serverless_socketio.aws import ApiGatewayTransport, DynamoStore, DynamoTable

outputs = json.loads(Path(os.environ.get("OUTPUTS", ".local/outputs.json")).read_text())
region, local = outputs["region"], outputs.get("engineUrl")  # without an engine of its own: AWS
management_url = outputs["websocketUrl"].replace("ws", "http", 1)

dynamodb = boto3.client("dynamodb", region_name=region, endpoint_url=local)
table = DynamoTable(outputs["resources"]["tables"]["connections"], dynamodb)
store = DynamoStore(table, buckets=12)  # ping_interval_ms / 10,000
transport = ApiGatewayTransport(
    lambda: boto3.client("apigatewaymanagementapi", region_name=region, endpoint_url=management_url)
)
emitter = Emitter(store, transport, everyone_room="global")

emitter.emit("order:shipped", {"orderId": "o-1"}, room=sys.argv[1] if sys.argv[1:] else "user:alice")
print("emitted")
