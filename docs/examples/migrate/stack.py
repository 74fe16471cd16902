"""The chat on AWS: `npx cdk deploy --app "python stack.py"` deploys it."""

from pathlib import Path

from aws_cdk import App, CfnOutput, Stack

from serverless_socketio.cdk import SocketIoApi

app = App()
stack = Stack(app, "Moved")
api = SocketIoApi(stack, "Socket", app=Path(__file__).with_name("app"))
CfnOutput(stack, "Url", value=api.url)
app.synth()
