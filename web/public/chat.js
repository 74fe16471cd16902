/**
 * One conversation over a stock Socket.IO client: what is known of it, and how events change that. No DOM in here.
 * `changed(what)` is called with "status", "messages", "relation", "typing" or a message whose text alone has grown.
 */
import { io } from "/socket.io.esm.min.js";

const ACK_MS = 15_000; // how long an ack may take before a message counts as not delivered
const PAGE = 50;
const LOST = { code: "unavailable", message: "The server did not answer. Please try again." };

export class Chat {
  messages = [];
  relation = null;
  agentIsTyping = false;
  nextBefore = null;
  status = { state: "connecting", text: "Connecting…" };
  #joining = 0;
  #joined = false;

  constructor({ socketPath, user, agentId, changed, failed, completed }) {
    Object.assign(this, { agentId, changed, failed, completed });
    this.socket = io({ path: socketPath, transports: ["websocket"], auth: { token: user.apiKey }, forceNew: true });
    this.#listen();
  }

  /** The answer that is being given just now, if any. */
  get streaming() {
    return this.messages.find((message) => message.state === "streaming");
  }

  get ready() {
    return this.#joined && this.socket.connected;
  }

  close() {
    this.changed = this.failed = this.completed = () => {};
    this.socket.disconnect();
  }

  retry() {
    this.#show("connecting", "Connecting…");
    this.socket.connect();
  }

  /** Sends a message, or one again that failed: with its first id, so that it is answered once. */
  async send(text, again = null) {
    const message = again ?? { role: "user", text, clientMessageId: crypto.randomUUID(), timestamp: Date.now() };
    message.state = "sending";
    delete message.error;
    if (!again) this.messages.push(message);
    this.changed("messages");
    const { clientMessageId } = message;
    const ack = await this.#ask("chat:message", { agentId: this.agentId, message: message.text, clientMessageId });
    if (!ack.ok) {
      if (message.state === "sending") Object.assign(message, { state: "failed", error: ack.error });
      this.changed("messages");
      return;
    }
    this.messages = this.messages.filter((other) => other === message || other.messageId !== ack.messageId);
    Object.assign(message, { messageId: ack.messageId, state: "done", timestamp: ack.timestamp });
    const answer = this.#answer(ack.replyId);
    this.#sort();
    if (ack.duplicate) this.#resume(answer); // it was accepted before: its answer may be under way, or over
  }

  async stop() {
    const { agentId, streaming } = this;
    if (!streaming) return;
    const ack = await this.#ask("chat:stop", { agentId, messageId: streaming.messageId });
    if (!ack.ok) this.failed(ack.error);
  }

  /** Loads the page of messages before those that are shown. */
  async earlier() {
    const page = await this.#ask("chat:history", { agentId: this.agentId, before: this.nextBefore, limit: PAGE });
    if (!page.ok) return this.failed(page.error);
    this.nextBefore = page.nextBefore;
    this.#merge(page.messages);
  }

  #listen() {
    const mine = (listener) => (body) => body.agentId === this.agentId && listener(body);
    const on = (event, listener) => this.socket.on(event, mine(listener));
    this.socket.on("connect", () => this.#join());
    this.socket.on("connect_error", (error) => this.#refused(error));
    this.socket.on("disconnect", () => this.#lost());
    this.socket.on("error", (error) => this.failed(error));
    on("chat:message", (body) => this.#merge([body]));
    on("chat:message:stream", (body) => this.#chunk(body));
    on("chat:message:complete", (body) => this.#complete(body));
    on("chat:typing", (body) => body.userId === undefined && this.#typing(body.isTyping));
    on("relation:updated", (body) => this.#relate(body));
  }

  /** Resolves to the ack, also when there is none. */
  async #ask(event, body) {
    try {
      return await this.socket.timeout(ACK_MS).emitWithAck(event, body);
    } catch {
      return { ok: false, error: LOST };
    }
  }

  #show(state, text) {
    this.status = { state, text };
    this.changed("status");
  }

  #refused(error) {
    if (this.socket.active) return this.#show("connecting", "Not reachable, trying again…"); // the client goes on by itself
    this.#show("refused", error.data?.code === "unavailable" ? "Switched off" : "Refused");
    this.failed({ code: error.data?.code ?? "unavailable", message: error.message }, () => this.retry());
  }

  #lost() {
    this.#joined = false;
    this.#typing(false);
    if (this.socket.active) return this.#show("connecting", "Connection lost, trying again…");
    this.#show("refused", "Disconnected"); // the server said so, and a client does not argue by itself
    this.failed({ message: "The server closed the connection." }, () => this.retry());
  }

  /** Enters the chat; after a break, asks only for what came since. Chunks that outrun the ack wait for it. */
  async #join() {
    this.#show("connecting", "Joining…");
    const turn = ++this.#joining;
    const since = this.#newest();
    const ack = await this.#ask("chat:join", { agentId: this.agentId, ...(since && { since }) });
    if (turn !== this.#joining) return; // a later connection has joined in the meantime
    if (!ack.ok) {
      this.#show("refused", "Not joined");
      return this.failed(ack.error, () => this.#join());
    }
    if (!since) this.nextBefore = ack.nextBefore;
    else if (ack.nextBefore) await this.#fill(ack.nextBefore, since);
    this.#joined = true;
    this.#relate(ack);
    this.#merge(ack.messages);
    for (const stream of ack.streams) this.#take(this.#answer(stream.messageId), stream);
    for (const message of this.messages) if (message.state === "streaming") this.#drain(message);
    this.#show("connected", "Connected");
    this.changed("messages");
  }

  /** Loads what was said during a break too long for one page. */
  async #fill(before, since) {
    while (before && before > since) {
      const page = await this.#ask("chat:history", { agentId: this.agentId, before, limit: PAGE });
      if (!page.ok) return this.failed(page.error);
      this.#merge(page.messages);
      before = page.nextBefore;
    }
  }

  /** The newest message that is known for good: everything after it is asked for. */
  #newest() {
    return this.messages.findLast(({ messageId, state }) => messageId && state === "done")?.messageId;
  }

  #find(messageId) {
    return this.messages.find((message) => message.messageId === messageId);
  }

  /** Takes in stored messages; one of ours whose ack was lost is known by its `clientMessageId`. */
  #merge(stored) {
    for (const { messageId, clientMessageId, role, message: text, timestamp, finishReason } of stored) {
      const known =
        this.#find(messageId) ??
        this.messages.find((message) => !message.messageId && message.clientMessageId === clientMessageId);
      const values = { messageId, clientMessageId, role, text, timestamp, finishReason, state: "done", error: undefined };
      if (known) Object.assign(known, values);
      else this.messages.push(values);
    }
    this.#sort();
  }

  /** Ids sort in the order of acceptance; what has none yet comes last. */
  #sort() {
    const key = ({ messageId }) => messageId ?? "\uffff";
    this.messages.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
    this.changed("messages");
  }

  /** The message in which an answer gathers: its text so far, the next chunk, and chunks that came too early. */
  #answer(messageId) {
    const known = this.#find(messageId);
    if (known) return known;
    const answer = { messageId, role: "agent", text: "", state: "streaming", next: 0, early: new Map() };
    this.messages.push(answer);
    this.#sort();
    return answer;
  }

  #chunk({ messageId, chunk, index, timestamp }) {
    const answer = this.#answer(messageId);
    if (answer.state !== "streaming" || index < answer.next) return; // a repeat
    answer.timestamp ??= timestamp;
    answer.early.set(index, chunk);
    if (this.#joined) this.#drain(answer);
  }

  /** Appends the chunks that are next; asks for the missing ones if others are waiting behind a gap. */
  #drain(answer) {
    for (; answer.early.has(answer.next); answer.next += 1) {
      answer.text += answer.early.get(answer.next);
      answer.early.delete(answer.next);
    }
    if (answer.early.size > 0) this.#resume(answer);
    if (answer.text) this.#typing(false);
    this.changed(answer);
  }

  async #resume(answer) {
    if (answer.resuming || answer.state !== "streaming") return;
    answer.resuming = true;
    const from = answer.next;
    const ack = await this.#ask("chat:resume", { agentId: this.agentId, messageId: answer.messageId, index: from });
    answer.resuming = false;
    if (!ack.ok || answer.state !== "streaming") return; // `complete` brings the whole text in any case
    if (answer.next === from) this.#take(answer, { text: answer.text + ack.text, index: ack.index });
    if (ack.complete) this.#finish(answer, { text: answer.text.trimEnd(), finishReason: ack.finishReason });
    else this.#drain(answer);
  }

  /** Adopts a text that is further on than what has arrived chunk by chunk. */
  #take(answer, { text, index }) {
    if (answer.state !== "streaming" || index < answer.next) return;
    Object.assign(answer, { text, next: index });
    for (const early of [...answer.early.keys()]) if (early < index) answer.early.delete(early);
  }

  #complete({ messageId, message: text, finishReason, timestamp }) {
    this.#finish(this.#answer(messageId), { text, finishReason, timestamp });
  }

  #finish(answer, values) {
    const news = answer.state === "streaming";
    Object.assign(answer, values, { state: "done" });
    this.#typing(false);
    this.changed("messages");
    if (news) this.completed(answer);
  }

  #typing(isTyping) {
    if (this.agentIsTyping === isTyping) return;
    this.agentIsTyping = isTyping;
    this.changed("typing");
  }

  #relate({ emotions, relationLevel: level, relationState: state }) {
    this.relation = { emotions, level, state };
    this.changed("relation");
  }
}
