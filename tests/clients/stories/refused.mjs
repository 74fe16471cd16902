// A client of 2.x, which speaks Engine.IO 3. Reads {url, path, transports?}; prints what it is told, as JSON: the message
// of `connect_error`, the status, and the words that the HTTP answer has (a browser shows them among its requests).
import { readFileSync } from "node:fs";
import io from "socket.io-client-2.5";

const { url, path, transports } = JSON.parse(readFileSync(0, "utf8"));
const socket = io(url, { path, reconnection: false, ...(transports ? { transports } : {}) });
socket.on("connect", () => process.exit(1));
socket.on("connect_error", ({ message, description }) => {
  const words = socket.io.engine.transport.pollXhr?.xhr.responseText;
  const status = description.message ?? description; // a WebSocket's is in a sentence of `ws`
  console.log(JSON.stringify({ message, status, words: words && JSON.parse(words) }));
  process.exit(0);
});
