"""`make doctor`: looks at a running deployment as a client, a page and an operator do, and says what to mend.

It takes what `make run` wrote (`.local/outputs.json`) or what `make deploy` did (`outputs.json`). Its only traces are a
connection or two, and the room of one agent, which it leaves again.

| asked | of | by |
|---|---|---|
| is it up, is it ours, is the page published | `reach` | plain HTTP |
| port, path, slash, key, origin | `sockets` | handshakes and CONNECT, as a stock client sends them |
| is there an agent to answer | `sockets` | `chat:join` |
| VAPID pair, service worker, subscriptions, dead letters | `pushes` | `push:status`, the parameter, the queue |
| how many executions Lambda allows | `quotas` | `lambda:GetAccountSettings` |
"""
