// From io() to the first ack, in milliseconds: by the default transports (none where they are not served) and by WebSocket.
// usage: node first_ack.mjs OUTPUTS ROUNDS
import { readFileSync } from "node:fs";
import { io } from "socket.io-client";

const [, , file, rounds] = process.argv;
const outputs = JSON.parse(readFileSync(file, "utf8"));
const { apiKey } = outputs.users.find(({ plan }) => plan === "enterprise");
const found = { polling: [], websocket: [], requests: 0 };

async function first(transports) {
  const began = performance.now();
  const options = { path: outputs.socketPath, forceNew: true, reconnection: false, auth: { token: apiKey } };
  const socket = io(outputs.url, { ...options, ...(transports && { transports }) });
  let requests = 1; // the first GET is under way
  const { transport } = socket.io.engine;
  if (transport.name === "polling") {
    const write = transport.doWrite.bind(transport);
    transport.on("poll", () => (requests += 1));
    transport.doWrite = (...given) => ((requests += 1), write(...given));
  }
  try {
    await new Promise((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("connect_error", reject);
    });
    await socket.timeout(20_000).emitWithAck("chat:history", { agentId: "echo" });
    return { tookMs: performance.now() - began, requests };
  } catch {
    return undefined;
  } finally {
    socket.disconnect();
  }
}

for (let round = 0; round < Number(rounds); round++) {
  const websocket = await first(["websocket"]);
  if (!websocket) throw new Error("a client by WebSocket was not served");
  found.websocket.push(websocket.tookMs);
  const polling = await first();
  if (polling) {
    found.polling.push(polling.tookMs);
    found.requests = polling.requests;
  }
}
console.log(JSON.stringify(found));
process.exit(0);
