// A classic Socket.IO server that does the same conversation in its own memory: the baseline of the crowd.
// usage: node node_server.mjs; prints its port.
import { createServer } from "node:http";
import { Server } from "socket.io";

const WORDS = 3;
const EVERY_MS = 50;

const http = createServer();
const io = new Server(http, { path: "/api/socketio", transports: ["websocket"] });
const history = new Map(); // room -> lines
let last = 0;
const newId = () => String((last = Math.max(last + 1, Date.now()))).padStart(16, "0");

io.use((socket, next) => {
  socket.data.userId = socket.handshake.auth.token;
  next(socket.data.userId ? undefined : new Error("unauthorized"));
});

io.on("connection", (socket) => {
  const roomOf = (agentId) => `chat:${agentId}:${socket.data.userId}`;

  socket.on("chat:join", ({ agentId }, ack) => {
    socket.join(roomOf(agentId));
    ack({ ok: true, room: roomOf(agentId), messages: history.get(roomOf(agentId)) ?? [] });
  });
  socket.on("chat:history", ({ agentId, limit = 50 }, ack) => {
    ack({ ok: true, messages: (history.get(roomOf(agentId)) ?? []).slice(-limit), nextBefore: null });
  });
  socket.on("chat:message", ({ agentId, message }, ack) => {
    const room = roomOf(agentId);
    const [messageId, replyId] = [newId(), newId()];
    remember(room, { messageId, role: "user", message });
    ack({ ok: true, messageId, replyId, timestamp: Date.now(), duplicate: false });
    answer(room, agentId, messageId, replyId, message);
  });
});

function remember(room, line) {
  history.set(room, [...(history.get(room) ?? []), line]);
}

function answer(room, agentId, replyTo, messageId, message) {
  const words = message.split(" ");
  const chunks = [];
  for (let at = 0; at < words.length; at += WORDS) chunks.push(words.slice(at, at + WORDS).join(" ") + " ");
  const began = performance.now();
  const say = (index) => {
    const timestamp = Date.now();
    if (index < chunks.length) {
      io.to(room).emit("chat:message:stream", {
        agentId,
        messageId,
        replyTo,
        chunk: chunks[index],
        index,
        timestamp,
      });
      return setTimeout(say, began + (index + 1) * EVERY_MS - performance.now(), index + 1);
    }
    remember(room, { messageId, role: "agent", message });
    io.to(room).emit("chat:message:complete", {
      agentId,
      messageId,
      replyTo,
      message,
      chunks: chunks.length,
      finishReason: "stop",
      timestamp,
    });
    io.to(room).emit("relation:updated", { agentId, timestamp });
  };
  say(0);
}

http.listen(0, "127.0.0.1", () => console.log(http.address().port));
