"""The server's place on AWS, for stacks of the CDK: `pip install serverless-socketio[cdk]`. Functions never load this.

```python
api = SocketIoApi(stack, "Lobby", app="app.py")  # app.py has a `handler`: LambdaApp(sio).handler
CfnOutput(stack, "Url", value=api.url)
```
"""

from .socketio_api import Functions, SocketIoApi

__all__ = ["Functions", "SocketIoApi"]
