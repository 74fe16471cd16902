// The built page with a chat server in memory: a long history, and answers faster than any model's. Prints its address.
// usage: node flood.mjs FOLDER [messages] [messages that come with the join] [chunks a second] [chunks]
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { Server } from "socket.io";

const [folder, messages = "2000", joined = messages, perSecond = "100", chunks = "600"] =
  process.argv.slice(2);
const KINDS = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};
const AGENT = { agentId: "flood", name: "Flood" };
const USER = { userId: "reader", apiKey: "any" };
const WORDS =
  "when the river rose the people of the town carried their books up to the roof and read on".split(" ");

const text = (words, from) =>
  Array.from({ length: words }, (_, at) => WORDS[(from + at) % WORDS.length]).join(" ");
const id = (number) => String(number).padStart(12, "0");
const message = (number) => ({
  ...{
    agentId: AGENT.agentId,
    userId: USER.userId,
    messageId: id(number),
    timestamp: 1_700_000_000_000 + number * 60_000,
  },
  ...(number % 2
    ? {
        role: "agent",
        message: `**${number}** ${text(30 + (number % 50), number)}\n\n- ${text(6, number)}\n- \`${text(3, number)}\``,
      }
    : { role: "user", message: `${number} ${text(8, number)}` }),
});
const history = Array.from({ length: Number(messages) }, (_, number) => message(number));

async function serve({ url }, response) {
  const path = url.split("?")[0];
  if (path === "/config.json") {
    response.setHeader("content-type", "application/json");
    return response.end(
      JSON.stringify({ socketPath: "/api/socketio", enableWebsockets: true, users: [USER], agents: [AGENT] }),
    );
  }
  try {
    const file = join(folder, normalize(path === "/" ? "/index.html" : path));
    const body = await readFile(file);
    response.setHeader("content-type", KINDS[extname(file)] ?? "application/octet-stream");
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}

function answer(socket, said) {
  const replyTo = id(history.length);
  const messageId = id(history.length + 1);
  const common = { agentId: AGENT.agentId, messageId, replyTo };
  let whole = "";
  let index = 0;
  history.push({ ...message(history.length), message: said });
  const timer = setInterval(
    () => {
      const chunk = `${text(3, index)}${index % 40 === 39 ? ".\n\n" : " "}`;
      socket.emit("chat:message:stream", { ...common, chunk, index, timestamp: Date.now() });
      whole += chunk;
      index += 1;
      if (index < Number(chunks)) return;
      clearInterval(timer);
      history.push({ ...message(history.length), role: "agent", message: whole.trimEnd() });
      socket.emit("chat:message:complete", {
        ...common,
        message: whole.trimEnd(),
        chunks: index,
        finishReason: "stop",
        timestamp: Date.now(),
      });
    },
    1_000 / Number(perSecond),
  );
  return { messageId: replyTo, replyId: messageId, timestamp: Date.now(), duplicate: false };
}

function page(before, limit) {
  const earlier = history.filter(({ messageId }) => messageId < (before ?? "~"));
  const newest = earlier.slice(-limit);
  return { messages: newest, nextBefore: newest.length < earlier.length ? newest[0].messageId : null };
}

const acks = {
  "chat:join": () => ({
    ...page(null, Number(joined)),
    ...{ room: `chat:${AGENT.agentId}:${USER.userId}`, agentId: AGENT.agentId, streams: [] },
    ...{ emotions: { joy: 0.3 }, relationLevel: 1, relationState: "stranger" },
  }),
  "chat:history": (_, { before, limit }) => page(before, limit),
  "chat:message": (socket, { message: said }) => answer(socket, said),
  "presence:subscribe": () => ({ presence: {} }),
};

const http = createServer(serve);
const io = new Server(http, {
  path: "/api/socketio",
  addTrailingSlash: false,
  transports: ["websocket"],
  maxHttpBufferSize: 1e8,
});
io.on("connection", (socket) =>
  socket.onAny((event, payload, ack) => ack?.({ ok: true, ...acks[event]?.(socket, payload) })),
);
http.listen(0, "127.0.0.1", () => console.log(`http://127.0.0.1:${http.address().port}`));
