// Engine.IO's own server with WebSocket as its only transport, for test_plain_http.py to compare with. Prints its port.
import { createServer } from "node:http";
import { Server } from "engine.io";

const http = createServer();
new Server({ transports: ["websocket"], cors: { origin: "*" } }).attach(http, { path: "/api/socketio" });
http.listen(0, "127.0.0.1", () => console.log(http.address().port));
process.stdin.resume().on("end", () => process.exit(0));
