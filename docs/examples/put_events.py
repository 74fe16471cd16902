"""Emit through the bus, as a backend in any language can: python docs/examples/put_events.py [room]"""

import json
import os
import sys
from pathlib import Path

import boto3

outputs = json.loads(Path(os.environ.get("OUTPUTS", ".local/outputs.json")).read_text())
events = boto3.client("events", region_name=outputs["region"], endpoint_url=outputs.get("engineUrl"))

detail = {
    "event": "order:shipped",
    "data": {"orderId": "o-1"},
    "room": sys.argv[1] if sys.argv[1:] else "user:alice",
}
entry = {
    "EventBusName": outputs["resources"]["buses"]["chat"],
    "Source": "shop",
    "DetailType": "Emit",
    "Detail": json.dumps(detail),
}
answer = events.put_events(Entries=[entry])
assert answer["FailedEntryCount"] == 0, answer["Entries"]
print("put")
