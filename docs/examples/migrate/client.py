"""Two people in a chat, by a stock client: python client.py http://localhost:5000 /socket.io"""

import asyncio
import json
import sys

import socketio

url, path = sys.argv[1:]


def tell(what, told):
    print(f"{what}: {json.dumps(told, separators=(',', ':'))}")


class Person:
    """One connection. `heard` has its events; `next` waits for the first that was not waited for yet."""

    def __init__(self, auth, namespaces=("/",)):
        self.auth, self.namespaces, self.sure = auth, namespaces, []
        self.heard, self._queue = [], asyncio.Queue()
        self.client = socketio.AsyncClient(reconnection=False)
        for namespace in namespaces:
            self.client.on("connect", lambda: self._hear("connected"), namespace)
            self.client.on("connect_error", self._refused, namespace)
            self.client.on("*", self._event, namespace)

    async def connect(self):
        options = {"socketio_path": path, "transports": ["websocket"], "namespaces": self.namespaces}
        await self.client.connect(url, auth=self.auth, wait=False, **options)

    def _refused(self, data):
        self._hear("refused", data["message"], data["data"])

    def _event(self, event, *args):
        self._hear(event, *args)
        return self.sure.pop(0) if event == "sure" else None

    def _hear(self, event, *args):
        self.heard.append([event, *args])
        self._queue.put_nowait([event, *args])

    async def next(self):
        return await self._queue.get()

    async def ask(self, event, args, namespace="/"):
        answer = await self.client.call(event, tuple(args), namespace=namespace)
        return list(answer) if isinstance(answer, tuple) else [answer]

    async def leave(self):
        await self.client.disconnect()


async def main():
    nobody = Person({})
    await nobody.connect()
    tell("nobody", await nobody.next())
    await nobody.leave()

    ada = Person({"name": "Ada"})
    await ada.connect()
    tell("Ada", await ada.next())
    bo = Person({"name": "Bo", "key": "staff"}, ("/", "/staff"))
    await bo.connect()
    tell("Bo", [await bo.next(), await bo.next()])

    tell("Ada says too early", await ada.ask("say", ["hello"]))
    tell("Ada enters", await ada.ask("enter", ["lobby"]))
    tell("Bo enters", await bo.ask("enter", ["lobby"]))
    tell("Ada", await ada.next())
    tell("Ada says", await ada.ask("say", ["hello"]))
    tell("Ada and Bo", [await ada.next(), await bo.next()])
    tell("Ada dances", await ada.ask("dance", []))
    tell("Bo announces", await bo.ask("announce", ["tea"], "/staff"))
    tell("Ada and Bo", [await ada.next(), await bo.next()])
    ada.sure += [False, True]
    tell("Ada stays", [await ada.ask("leave", []), await ada.next()])
    tell("Ada leaves", [await ada.ask("leave", []), await ada.next()])
    tell("Bo", await bo.next())
    tell("Ada enters", await ada.ask("enter", ["lobby"]))
    tell("Bo", await bo.next())
    await ada.leave()
    tell("Bo", await bo.next())
    tell("Bo closes", [await bo.ask("close", ["lobby"], "/staff"), await bo.next()])
    tell("Bo says", await bo.ask("say", ["anyone?"]))
    await bo.leave()
    tell("Ada heard in all", [event for event, *_ in ada.heard])
    tell("Bo heard in all", [event for event, *_ in bo.heard])


asyncio.run(main())
