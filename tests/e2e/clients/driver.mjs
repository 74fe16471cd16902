// Stock Socket.IO clients on command. JSON lines in: {do, socket, …}; JSON lines out: {socket, event, args, at} for what
// a socket tells, {call, args, at} for an acknowledgement. `at`: milliseconds since the epoch. Bytes: {"$bytes": base64}.
import { performance } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { io } from "socket.io-client";

const sockets = new Map();
const say = (line) =>
  process.stdout.write(`${JSON.stringify({ ...line, at: performance.timeOrigin + performance.now() })}\n`);
const revive = (_, value) => (value?.$bytes === undefined ? value : Buffer.from(value.$bytes, "base64"));

const commands = {
  open({ socket, url, options }) {
    const client = io(url, { transports: ["websocket"], forceNew: true, ...options });
    const tell = (event, ...args) => say({ socket, event, args });
    sockets.set(socket, client);
    client.on("connect", () => tell("connect", client.id, client.recovered));
    client.on("connect_error", ({ message, data }) => tell("connect_error", { message, data }));
    client.on("disconnect", (reason) => tell("disconnect", reason));
    client.onAny(tell);
  },
  emit({ socket, args, call }) {
    const answer = (...args) => say({ call, args });
    sockets.get(socket).emit(...args, ...(call === undefined ? [] : [answer]));
  },
  cut({ socket }) {
    sockets.get(socket).io.engine.transport.ws._socket.destroy(); // no goodbye, as when a process dies
  },
  close({ socket }) {
    sockets.get(socket)?.close();
    sockets.delete(socket);
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line, revive);
  commands[command.do](command);
}
process.exit(0);
