// Stock clients with default transports, each of which upgrades in the middle of an answer, through a proxy that delays
// its WebSocket and may cut it. Reads one JSON object from stdin, prints one line of JSON for each client.
// in: {url, path, keys: [API keys], cuts: [one of CUTS for each client], recovery, atOnce, words, chunks}
import net from "node:net";
import { readFileSync } from "node:fs";
import { io } from "socket.io-client";

const CUTS = ["", "on-probe", "on-probed", "on-upgrade", "upgraded"];
const asked = JSON.parse(readFileSync(0, "utf8"));
const target = new URL(asked.url);
const text = Array.from({ length: asked.words }, (_, at) => `word${at}`).join(" ");
const PATIENCE_MS = 60_000;

// One proxy for all. A WebSocket is told by its request line, and what is to become of it by the parameter `cut`, the
// first time that its client is seen: who comes back is left alone. Frames of the upgrade are small: one, one segment.
const seen = new Set();
const answered = new Map(); // name of a client → resolves when its message was acked: before, a cut may lose the message
const proxy = net.createServer((client) => {
  const server = net.connect({ host: target.hostname, port: Number(target.port) });
  const end = () => [client, server].forEach((socket) => socket.destroy());
  for (const socket of [client, server]) {
    socket.setNoDelay(true);
    socket.on("error", end).on("close", end);
  }
  let fromClient = 0; // segments after the handshake
  let cut = "";
  client.once("data", (request) => {
    const line = request.toString("latin1").split("\r\n", 1)[0];
    const isWebSocket = line.includes("transport=websocket");
    const name = /name=(\w+)/.exec(line)?.[1];
    const isFirst = isWebSocket && !seen.has(name);
    if (isFirst) cut = /cut=([\w-]*)/.exec(line)?.[1] ?? "";
    if (isWebSocket) seen.add(name);
    const begin = () => {
      server.write(request);
      client.on("data", (data) => {
        fromClient += isWebSocket ? 1 : 0;
        if (cut === "on-probe" && fromClient === 1) return end();
        server.write(data);
        if (cut === "on-upgrade" && fromClient === 2) return setTimeout(end, 5); // `5` is on its way
        if (cut === "upgraded" && fromClient === 2) setTimeout(end, 100 + Math.random() * 400);
      });
      server.on("data", (data) => {
        if (cut === "on-probed" && fromClient === 1) return end();
        client.write(data);
      });
    };
    if (isFirst)
      answered.get(name).promise.then(() => setTimeout(begin, Math.random() * 900)); // into the answer
    else begin();
  });
});
await new Promise((listening) => proxy.listen(0, "127.0.0.1", listening));
const url = `http://localhost:${proxy.address().port}`;

function run(key, cut, number) {
  return new Promise((resolve) => {
    const told = {
      cut,
      chunks: [],
      completes: 0,
      sent: 0,
      acks: 0,
      refused: [],
      connects: [],
      ends: [],
      transports: [],
      upgrades: 0,
    };
    const socket = io(url, {
      path: asked.path,
      auth: { token: key },
      forceNew: true,
      reconnectionDelay: 50,
      reconnectionDelayMax: 100,
      query: { name: `client${number}`, cut, ...(asked.recovery ? { recovery: "1" } : {}) },
    });
    let reply;
    const acked = {};
    acked.promise = new Promise((resolved) => (acked.resolve = resolved));
    answered.set(`client${number}`, acked);
    const finish = (why) => {
      clearTimeout(patience);
      told.transports.push(socket.io.engine?.transport?.name);
      socket.disconnect();
      resolve({ ...told, why });
    };
    const patience = setTimeout(() => finish("patience"), PATIENCE_MS);
    const sayOnline = () => {
      told.sent += 1;
      socket.emit("presence:online", {}, (ack) => (ack.ok ? (told.acks += 1) : told.refused.push(ack.error)));
    };
    socket.on("connect", () => {
      told.connects.push({ recovered: socket.recovered, transport: socket.io.engine.transport.name });
      socket.io.engine.on("upgrade", () => (told.upgrades += 1));
      if (told.connects.length > 1) {
        if (socket.recovered) return;
        return socket.emit("chat:join", { agentId: "echo" }, ({ messages, streams }) => {
          const said = messages.find(({ messageId }) => messageId === reply)?.message;
          told.rejoined = said === undefined ? streams[0]?.index : asked.chunks;
          if (said !== undefined) finish(said === text ? "history" : "another text");
        });
      }
      const timer = setInterval(sayOnline, 150);
      setTimeout(() => clearInterval(timer), 1_550);
      socket.emit("chat:message", { agentId: "echo", message: text }, ({ replyId }) => {
        reply = replyId;
        acked.resolve();
      });
    });
    socket.on("chat:message:stream", ({ index, messageId }) => {
      if (messageId === reply) (told.chunks[told.connects.length - 1] ??= []).push(index);
    });
    socket.on("chat:message:complete", ({ messageId, message }) => {
      if (messageId !== reply) return;
      told.completes += 1;
      const why = message === text ? "complete" : "another text";
      const end = () => {
        const isOwed = told.ends.length === 0 && told.acks + told.refused.length < told.sent;
        if (isOwed) return setTimeout(end, 100); // acks may be late
        finish(why);
      };
      setTimeout(end, 600); // a second `complete` would come by then
    });
    socket.on("disconnect", (reason) => told.ends.push(reason));
    socket.on("connect_error", ({ message }) => told.ends.push(message));
  });
}

if (asked.cuts.some((cut) => !CUTS.includes(cut))) throw new Error("unknown cut");
const queue = asked.cuts.map((cut, number) => ({ cut, number }));
await Promise.all(
  Array.from({ length: asked.atOnce }, async () => {
    for (let next = queue.shift(); next; next = queue.shift())
      console.log(
        JSON.stringify(await run(asked.keys[next.number % asked.keys.length], next.cut, next.number)),
      );
  }),
);
process.exit(0);
