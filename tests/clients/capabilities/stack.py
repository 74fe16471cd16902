"""Where it runs: both APIs, and the functions behind them."""

from pathlib import Path

from aws_cdk import App, CfnOutput, Stack

from serverless_socketio.cdk import SocketIoApi

app = App()
stack = Stack(app, "Capabilities")
api = SocketIoApi(stack, "Socket", app=Path(__file__).with_name("app.py"), polling=True)
CfnOutput(stack, "Url", value=api.url)
CfnOutput(stack, "Table", value=api.table.table_name)
CfnOutput(stack, "Batches", value=api.batches.queue.queue_url)
app.synth()
