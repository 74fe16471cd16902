// Stock clients that talk at once, round after round. Prints what each waited for, in milliseconds.
// usage: node crowd.mjs OUTPUTS CLIENTS ROUNDS [WORDS]
import { readFileSync } from "node:fs";
import { io } from "socket.io-client";

const [, , file, clients, rounds, words = "60"] = process.argv;
const outputs = JSON.parse(readFileSync(file, "utf8"));
const users = outputs.users.filter(({ plan }) => plan === "enterprise").slice(0, Number(clients));
if (users.length < Number(clients)) throw new Error(`only ${users.length} users on the enterprise plan`);

const AGENT = { agentId: "echo" };
const TIMEOUT_MS = 60_000;
const TEXT = Array.from({ length: Number(words) }, (_, word) => `word${word}`).join(" ");
const found = { eventAck: [], messageAck: [], firstChunk: [], answer: [], repeats: 0 };

class Client {
  constructor({ apiKey }) {
    this.socket = io(outputs.url, {
      path: outputs.socketPath,
      transports: ["websocket"],
      forceNew: true,
      auth: { token: apiKey },
    });
    this.chunks = [];
    this.socket.on("chat:message:stream", ({ messageId, index }) => this.hear(messageId, index));
    this.socket.on("chat:message:complete", (event) => this.end?.(event));
  }

  hear(messageId, index) {
    this.first?.();
    const key = `${messageId} ${index}`;
    if (this.chunks.includes(key)) found.repeats += 1;
    else this.chunks.push(key);
  }

  async ask(event, body) {
    const began = performance.now();
    const ack = await this.socket.timeout(TIMEOUT_MS).emitWithAck(event, body);
    if (!ack.ok) throw new Error(`${event}: ${JSON.stringify(ack.error)}`);
    return performance.now() - began;
  }

  async connect() {
    if (!this.socket.connected) await new Promise((resolve) => this.socket.once("connect", resolve));
    await this.ask("chat:join", AGENT);
  }

  async converse() {
    const began = performance.now();
    const since = () => performance.now() - began;
    const first = new Promise((resolve) => (this.first = () => resolve(since())));
    const end = new Promise((resolve) => (this.end = (event) => resolve({ event, tookMs: since() })));
    found.messageAck.push(await this.ask("chat:message", { ...AGENT, message: TEXT }));
    const { event, tookMs } = await end;
    if (event.finishReason !== "stop" || event.message !== TEXT)
      throw new Error(`an answer broke: ${JSON.stringify(event)}`);
    found.firstChunk.push(await first);
    found.answer.push(tookMs);
  }
}

const everybody = users.map((user) => new Client(user));
await Promise.all(everybody.map((client) => client.connect()));
for (let round = 0; round < Number(rounds); round++) {
  found.eventAck.push(...(await Promise.all(everybody.map((client) => client.ask("chat:history", AGENT)))));
  await Promise.all(everybody.map((client) => client.converse()));
}
console.log(JSON.stringify(found));
process.exit(0);
