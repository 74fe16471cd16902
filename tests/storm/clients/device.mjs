// One stock client in the storm, and what it must never see: a gap, a repeat, or what is another's.
import { io } from "socket.io-client";

const PATIENCE_MS = 5_000; // then an unanswered event is sent again, under the same clientMessageId
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class Device {
  // `recovers`: asks for connection-state recovery, and then does nothing itself to catch up.
  constructor({ outputs, user, name, recovers, watched, report }) {
    Object.assign(this, { user, name, recovers, watched, report });
    this.streams = new Map(); // reply id → {next, text, done}
    this.lines = new Map(); // message id → how often it came as an event
    this.since = ""; // the newest message this device has seen
    this.catchingUp = true; // between a connection and the ack of its join, what comes is kept
    this.kept = [];
    this.presence = new Map(); // user id → timestamp of the newest announcement
    this.counts = { connects: 0, recovered: 0, cuts: 0, chunks: 0, repeats: 0, typing: 0, presence: 0 };
    this.repeated = new Set(); // reply ids of streams of which a chunk came again
    this.socket = io(outputs.url, {
      path: outputs.socketPath,
      transports: ["websocket"],
      forceNew: true,
      auth: { token: user.apiKey },
      query: recovers ? { recovery: "1" } : {},
      reconnectionDelay: 100,
      reconnectionDelayMax: 500,
    });
    this.socket.on("connect", () => this.connected());
    this.socket.on("connect_error", (error) => error.data && this.fail(`refused: ${error.message}`));
    this.socket.onAny((event, body) => this.heard(event, body));
  }

  async connected() {
    this.counts.connects += 1;
    if (this.socket.recovered) this.counts.recovered += 1;
    if (this.socket.recovered && !this.catchingUp) return;
    this.catchingUp = true;
    this.kept = [];
    const ack = await this.insist("chat:join", { agentId: "echo", ...(this.since && { since: this.since }) });
    if (!ack) return; // cut again meanwhile: the next connection starts over
    if (this.since && ack.nextBefore !== null) this.fail("more was missed than fits a frame");
    this.catchUp(ack);
    await this.insist("presence:subscribe", { userIds: this.watched });
  }

  // Ask until there is an ack, on this connection; undefined if it is another by then.
  async insist(event, payload) {
    const { id } = this.socket;
    while (id === this.socket.id) {
      const ack = await this.ask(event, payload);
      if (ack && !ack.ok) this.fail(`${event}: ${JSON.stringify(ack)}`);
      if (ack && id === this.socket.id) return ack.ok ? ack : undefined;
    }
    return undefined;
  }

  // History first, then the answers in flight, then what came before the ack.
  catchUp({ messages, streams }) {
    for (const line of messages) {
      if (line.role === "user") this.lines.set(line.messageId, this.lines.get(line.messageId) ?? 0);
      else this.streams.set(line.messageId, { next: Infinity, text: line.message, done: true });
      this.seen(line.messageId);
    }
    for (const { messageId, text, index } of streams) this.streams.set(messageId, { next: index, text, chunks: [], done: false, from: index });
    this.catchingUp = false;
    for (const [event, body] of this.kept) this.heard(event, body);
    this.kept = [];
  }

  heard(event, body) {
    const kind = { "chat:message": "line", "chat:message:stream": "chunk", "chat:message:complete": "complete" }[event];
    if (kind && this.catchingUp) return void this.kept.push([event, body]);
    if (kind) return this[kind](body);
    if (event === "chat:typing") return this.typing(body);
    if (event === "presence:updated") return this.presenceUpdated(body);
    if (event === "error") this.fail(`error: ${JSON.stringify(body)}`);
  }

  line({ messageId, userId, message }) {
    this.own(userId, message);
    const times = (this.lines.get(messageId) ?? 0) + 1;
    this.lines.set(messageId, times);
    if (times > 1) this.fail(`a message came ${times} times: ${messageId}`);
    this.seen(messageId);
  }

  chunk({ messageId, chunk, index }) {
    this.counts.chunks += 1;
    const stream = this.streams.get(messageId) ?? { next: 0, text: "", chunks: [], done: false };
    this.streams.set(messageId, stream);
    if (stream.done && stream.next === Infinity) return; // in the history already
    if (stream.done) return this.fail(`a chunk after the end of ${messageId}`);
    if (index < (stream.from ?? 0)) return; // the ack of the join had it
    if (stream.chunks[index] === chunk) return this.again(messageId); // its writer was lost, or it is counted against it
    if (index !== stream.next) return this.fail(`${messageId}: chunk ${index} where ${stream.next} was due`);
    stream.next += 1;
    stream.chunks[index] = chunk;
    stream.text += chunk;
  }

  again(messageId) {
    this.counts.repeats += 1;
    this.repeated.add(messageId);
  }

  complete({ messageId, message, chunks }) {
    this.own(this.user.userId, message);
    const stream = this.streams.get(messageId) ?? { next: 0, text: "", chunks: [], done: false };
    this.streams.set(messageId, stream);
    this.seen(messageId);
    if (stream.done && stream.next === Infinity) return;
    if (stream.done) return this.fail(`a second end of ${messageId}`);
    if (stream.next !== chunks) this.fail(`${messageId} ended after ${stream.next} of ${chunks} chunks`);
    else if (stream.text.trimEnd() !== message.trimEnd()) this.fail(`${messageId}: the chunks are not the text`);
    stream.done = true;
    stream.text = message;
  }

  typing({ userId }) {
    this.counts.typing += 1;
    if (userId !== undefined && userId !== this.user.userId) this.fail(`typing of ${userId}`);
  }

  presenceUpdated({ userId, timestamp }) {
    this.counts.presence += 1;
    if (userId !== this.user.userId && !this.watched.includes(userId)) this.fail(`presence of ${userId}`);
    this.presence.set(userId, Math.max(timestamp, this.presence.get(userId) ?? 0));
  }

  own(userId, text) {
    if (userId !== this.user.userId || !text.startsWith(`${this.user.userId} `)) this.fail(`what is another's: ${userId} ${text.slice(0, 40)}`);
  }

  seen(messageId) {
    if (messageId > this.since) this.since = messageId;
  }

  // An event with its ack; undefined if the connection was cut before it came.
  async ask(event, payload) {
    try {
      return await this.socket.timeout(PATIENCE_MS).emitWithAck(event, payload);
    } catch {
      return undefined;
    }
  }

  // Until it is acked: the same clientMessageId, however often the connection is cut.
  async say(text, clientMessageId, deadline) {
    while (Date.now() < deadline) {
      const ack = await this.ask("chat:message", { agentId: "echo", message: text, clientMessageId });
      if (ack?.ok) return ack;
      if (ack && ack.error.code !== "conflict") return this.fail(`message: ${JSON.stringify(ack)}`);
      if (ack) await sleep(200);
    }
    return this.fail(`never acked: ${clientMessageId}`);
  }

  cut() {
    const tcp = this.socket.io.engine?.transport?.ws?._socket;
    if (!this.socket.connected || !tcp) return;
    this.counts.cuts += 1;
    tcp.destroy(); // no goodbye, as when a train enters a tunnel
  }

  fail(what) {
    this.report(`${this.name}: ${what}`);
  }
}
