// Records what the stock JavaScript client puts on the wire, and what it was asked to say, one exchange a line:
//
//   node tests/contract/record_frames.mjs > tests/contract/frames/javascript.jsonl
//
// The server is a fake of a few lines: the frames have to be the client's own, whatever our server makes of them.
import { once } from "node:events";
import { io } from "socket.io-client";
import { WebSocketServer } from "ws";

const heard = []; // frames of the client that no exchange has claimed yet
let tell; // sends one frame to the client
let wake = () => {};

const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
server.on("connection", (socket) => {
  tell = (frame) => socket.send(frame);
  socket.on("message", (message, isBinary) => {
    if (isBinary) throw new Error("forceBase64 should have kept this frame from being binary");
    heard.push(message.toString());
    wake();
  });
  tell('0{"sid":"engine","upgrades":[],"pingInterval":120000,"pingTimeout":50000,"maxPayload":32768}');
});
await once(server, "listening");

/** Acts, takes as many frames as the meaning has parts, and prints both. Bytes are written as {"$bytes": base64}. */
async function record(what, means, act) {
  const wanted = 1 + (means.buffers ?? 0);
  act();
  while (heard.length < wanted) await new Promise((resolve) => (wake = resolve));
  const { buffers, ...rest } = means;
  const replacer = (_, value) =>
    value?.type === "Buffer" ? { $bytes: Buffer.from(value.data).toString("base64") } : value;
  const line = JSON.stringify({ what, frames: heard.splice(0, wanted), means: rest }, replacer);
  console.log(
    line.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`),
  );
}

const noop = () => {};
const main = io(`http://127.0.0.1:${server.address().port}`, {
  autoConnect: false,
  auth: { token: "key" },
  forceBase64: true,
  reconnection: false,
  transports: ["websocket"],
});
const chat = main.io.socket("/chat", { auth: { token: "clé", pid: "p", offset: "o" } });
const event = (id, data, namespace = "/") => ({ type: "EVENT", namespace, id, data });
const ack = (id, data) => ({ type: "ACK", namespace: "/", id, data });
const bytes = Buffer.from([0, 1, 2, 254, 255]);

await record("connect with auth", { type: "CONNECT", namespace: "/", id: null, data: { token: "key" } }, () =>
  main.connect(),
);
await Promise.all([once(main, "connect"), tell('40{"sid":"main"}')]);
await record(
  "connect to a namespace with auth",
  { type: "CONNECT", namespace: "/chat", id: null, data: { token: "clé", pid: "p", offset: "o" } },
  () => chat.connect(),
);
await Promise.all([once(chat, "connect"), tell('40/chat,{"sid":"chat"}')]);

await record("event", event(null, ["chat:typing", { agentId: "echo", isTyping: true }]), () =>
  main.emit("chat:typing", { agentId: "echo", isTyping: true }),
);
await record("event without arguments", event(null, ["presence:online"]), () => main.emit("presence:online"));
await record("event with an empty name", event(null, [""]), () => main.emit(""));
await record("event with an ack", event(0, ["chat:join", { agentId: "echo" }]), () =>
  main.emit("chat:join", { agentId: "echo" }, noop),
);
await record("event with the next ack", event(1, ["chat:leave", { agentId: "echo" }]), () =>
  main.emit("chat:leave", { agentId: "echo" }, noop),
);
await record("event in a namespace, with an ack", event(0, ["hi", 1, null, false], "/chat"), () =>
  chat.emit("hi", 1, null, false, noop),
);
const text = 'żółw 🐢 "quoted" \\ \u0000\u001f\u007f\u2028\u2029 \ufeff 中文 עברית';
await record("unicode", event(null, ["chat:message", { message: text }]), () =>
  main.emit("chat:message", { message: text }),
);
await record("half a surrogate pair", { refused: { namespace: "/", ackId: 2, event: "chat:message" } }, () =>
  main.emit("chat:message", { message: "cut in the middle of \ud83d" }, noop),
);
await record("numbers", event(null, ["numbers", 0, -0.5, 1e21, 5e-324, 2 ** 53 - 1]), () =>
  main.emit("numbers", 0, -0.5, 1e21, 5e-324, 2 ** 53 - 1),
);
await record("numbers that JSON has not", event(null, ["numbers", null, null]), () =>
  main.emit("numbers", NaN, Infinity),
);
await record("undefined", event(null, ["gaps", null, {}]), () =>
  main.emit("gaps", undefined, { left: undefined }),
);
await record("nesting", event(null, ["deep", { a: [{ b: [[], {}] }] }]), () =>
  main.emit("deep", { a: [{ b: [[], {}] }] }),
);
await record("what only looks binary", event(null, ["5-1", { _placeholder: true, num: 0 }]), () =>
  main.emit("5-1", { _placeholder: true, num: 0 }),
);
await record("binary event", { ...event(null, ["file", bytes]), buffers: 1 }, () => main.emit("file", bytes));
await record(
  "binary event with three attachments, one empty, in a namespace, with an ack",
  { ...event(1, ["files", { parts: [bytes, { last: Buffer.alloc(0) }] }, bytes], "/chat"), buffers: 3 },
  () => chat.emit("files", { parts: [bytes, { last: Buffer.alloc(0) }] }, new Uint8Array(bytes).buffer, noop),
);

main.on("ask", (question, answer) => answer(...question));
await record("ack", ack(7, ["yes", { really: true }]), () => tell('427["ask",["yes",{"really":true}]]'));
await record("ack without arguments", ack(0, []), () => tell('420["ask",[]]'));
await record("ack with the largest id", ack(2 ** 53 - 1, [1]), () => tell(`42${2 ** 53 - 1}["ask",[1]]`));
main.once("ask:bytes", (answer) => answer({ bytes }));
await record("binary ack", { ...ack(8, [{ bytes }]), buffers: 1 }, () => tell('428["ask:bytes"]'));

await record("pong", { engine: "PONG", data: "" }, () => tell("2"));
await record("leave a namespace", { type: "DISCONNECT", namespace: "/chat", id: null, data: null }, () =>
  chat.disconnect(),
);
await record("disconnect", { type: "DISCONNECT", namespace: "/", id: null, data: null }, () =>
  main.disconnect(),
);
server.close();
