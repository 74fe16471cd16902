// A stock Socket.IO client: node docs/examples/chat.mjs [managed]
import { readFileSync } from "node:fs";
import { io } from "socket.io-client";

const outputs = JSON.parse(readFileSync(process.env.OUTPUTS ?? ".local/outputs.json", "utf8"));
const managed = new URL(outputs.websocketUrl); // API Gateway's own endpoint has the stage as its path, without a slash
const socket = io(process.argv[2] === "managed" ? managed.origin : outputs.url, {
  path: process.argv[2] === "managed" ? managed.pathname : outputs.socketPath,
  addTrailingSlash: false,
  transports: ["websocket"],
  auth: { token: outputs.users[0].apiKey },
});

socket.on("connect_error", (error) => console.error("refused:", error.message, error.data));
socket.on("chat:message:stream", ({ chunk }) => process.stdout.write(chunk));
socket.on("chat:message:complete", ({ chunks, finishReason }) =>
  console.log(`\n${chunks} chunks, ${finishReason}`),
);
socket.on("relation:updated", ({ relationState }) => {
  console.log("relation:", relationState);
  socket.close();
});

await socket.emitWithAck("chat:join", { agentId: "companion" });
const ack = await socket.emitWithAck("chat:message", {
  agentId: "companion",
  message: "Hello! My name is Ada.",
});
if (!ack.ok) throw new Error(ack.error.message);
