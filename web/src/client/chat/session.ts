import type { Accepted, Joined, Message, ServerEvents } from "../../events.gen.js";
import type { Connection } from "../connection.js";
import { ChatError, isPassing } from "../errors.js";
import { newId } from "../id.js";
import { checkFrame, checkMessage } from "../limits.js";
import { Listeners } from "../listeners.js";
import { Outbox } from "../outbox/outbox.js";
import type { Turn } from "../outbox/turn.js";
import type { Unsent, UnsentStore } from "../outbox/unsent.js";
import { pause, Store, until } from "../store.js";
import type { Answer } from "./answer.js";
import { Answers } from "./answers.js";
import { lineOf, type ChatLine } from "./line.js";
import { initialState, type ChatState, type InitialChat, type Relation } from "./state.js";
import { Transcript } from "./transcript.js";
import { TypingMemory, TypingSignal } from "./typing.js";

const FRAME_MS = 16; // chunks that come faster are shown together
const PAGE = 50; // messages of one look back
const TOLD_HERE = new Set<keyof ServerEvents>([
  "chat:message",
  "chat:message:stream",
  "chat:message:complete",
]); // in order, once
const JOIN_AGAIN_MS = 2_000; // where a refusal names no time

export interface SessionOptions {
  connection: Connection;
  agentId: string;
  userId: string;
  store: UnsentStore;
  turn: Turn;
  initial?: InitialChat | undefined;
}

/**
 * One user's chat with one agent: entered again after each break, without a gap; with what was said, what is being said,
 * and what waits to be sent. `events` are the server's for this chat, the chunks of an answer in order and without repeats.
 */
export class ChatSession {
  readonly state: Store<ChatState>;
  readonly events = new Listeners<ServerEvents>();
  readonly #connection: Connection;
  readonly #agentId: string;
  readonly #transcript = new Transcript();
  readonly #answers: Answers;
  readonly #outbox: Outbox;
  readonly #typing: TypingSignal;
  readonly #agentTyping = new TypingMemory(() => this.#show());
  readonly #userTyping = new TypingMemory(() => this.#show());
  readonly #ending = new AbortController();
  #joining: AbortController | undefined;
  #isJoined = false;
  #hasJoined = false;
  #isLoadingEarlier = false;
  #before: string | null = null; // where the page before the first message goes on
  #relation: Relation | null;
  #error: ChatError | null = null;
  #showing: ReturnType<typeof setTimeout> | undefined;

  constructor({ connection, agentId, userId, store, turn, initial }: SessionOptions) {
    this.#connection = connection;
    this.#agentId = agentId;
    this.state = new Store(initialState(initial));
    this.#relation = this.state.get().relation;
    for (const message of initial?.messages ?? []) this.#transcript.set(lineOf(message));
    this.#answers = new Answers(
      (messageId, index) => connection.ask("chat:resume", { agentId, messageId, index }),
      {
        grown: (answer, chunk, index) => this.#grown(answer, chunk, index),
        ended: (answer, timestamp) => this.#ended(answer, timestamp),
      },
    );
    this.#outbox = new Outbox({
      chat: `chat:${agentId}:${userId}`,
      store,
      turn,
      send: (unsent) => this.#send(unsent),
      ready: (signal) =>
        until(this.state, ({ isJoined, answering }) => isJoined && answering === null, signal),
    });
    this.#typing = new TypingSignal((isTyping) => {
      if (connection.isConnected) connection.emit("chat:typing", { agentId, isTyping });
    });
  }

  /** Enters the chat, and sends what was left from before. */
  start(): void {
    const ends = [
      this.#connection.onAny((event, body) => this.#hear(event, body)),
      this.#connection.state.subscribe(() => this.#look()),
      this.#outbox.unsent.subscribe(() => this.#show()),
      this.#outbox.unsaved.subscribe(() => this.#show()),
    ];
    this.#ending.signal.addEventListener("abort", () => ends.forEach((end) => end()));
    this.#look();
    void this.#outbox.start();
  }

  /** Leaves the chat. What waits to be sent stays stored. */
  end(): void {
    this.#ending.abort();
    this.#joining?.abort();
    this.#outbox.end();
    this.#answers.clear();
    this.#typing.clear();
    clearTimeout(this.#showing);
    if (this.#isJoined && this.#connection.isConnected)
      this.#connection.emit("chat:leave", { agentId: this.#agentId });
  }

  /** Sends a message, now or when it is possible; returns its `clientMessageId`. Throws `too_large`. */
  send(text: string): string {
    checkMessage(text);
    checkFrame("chat:message", { agentId: this.#agentId, message: text, clientMessageId: newId() });
    this.#typing.clear(); // a message says as much
    return this.#outbox.add(text).id;
  }

  /** Sends a message again that had failed. */
  retry(clientMessageId: string): void {
    this.#outbox.retry(clientMessageId);
  }

  /** Gives up a message that is not sent; returns its text. */
  discard(clientMessageId: string): string | undefined {
    return this.#outbox.remove(clientMessageId)?.text;
  }

  /** Ends the answer that is being given; what was said is kept. Throws ChatError. */
  async stop(): Promise<void> {
    const messageId = this.#answers.current?.messageId;
    if (messageId) await this.#connection.ask("chat:stop", { agentId: this.#agentId, messageId });
  }

  /** Has the newest answer given again; the new one takes its place. However often it is asked for, once. Throws ChatError. */
  async regenerate(): Promise<void> {
    const messageId = this.state.get().messages.findLast(({ role }) => role === "agent")?.messageId;
    if (messageId === undefined)
      throw new ChatError({
        code: "not_found",
        message: "No answer can be given again yet.",
        clientReason: "no-answer-yet",
      });
    const wish = { agentId: this.#agentId, messageId, clientMessageId: `again:${messageId}` };
    await this.#followAck(this.#connection.ask("chat:regenerate", wish), messageId);
  }

  /** Loads the messages before the first one. Throws ChatError. */
  async loadEarlier(): Promise<void> {
    if (this.#before === null || this.#isLoadingEarlier) return;
    this.#isLoadingEarlier = true;
    this.#show();
    try {
      const before = this.#before;
      const page = await this.#connection.ask("chat:history", {
        agentId: this.#agentId,
        before,
        limit: PAGE,
      });
      page.messages.forEach((message) => this.#know(message, false));
      this.#before = page.nextBefore;
    } finally {
      this.#isLoadingEarlier = false;
      this.#show();
    }
  }

  /** Tries again to enter a chat that could not be entered. */
  enter(): void {
    if (this.#error && this.#connection.isConnected) void this.#join();
  }

  /** Says whether the user types. */
  setTyping(isTyping: boolean): void {
    this.#typing.set(isTyping);
  }

  /** Enters the chat on each new connection. */
  #look(): void {
    if (this.#connection.isConnected) {
      if (!this.#joining) void this.#join();
      return;
    }
    this.#joining?.abort();
    this.#joining = undefined;
    this.#isJoined = false;
    this.#answers.hold();
    this.#typing.clear();
    this.#agentTyping.set(false);
    this.#userTyping.set(false);
    this.#show();
  }

  async #join(): Promise<void> {
    this.#joining = new AbortController();
    const { signal } = this.#joining;
    const since = this.#hasJoined ? this.#transcript.newest() : undefined;
    try {
      const joined = await this.#connection.ask("chat:join", {
        agentId: this.#agentId,
        ...(since !== undefined && { since }),
      });
      const missed = since === undefined ? [] : await this.#between(since, joined.nextBefore);
      if (signal.aborted) return;
      if (since === undefined) this.#before = joined.nextBefore;
      this.#entered(joined, missed);
    } catch (error) {
      if (!signal.aborted) await this.#refused(error, signal);
    }
  }

  /** What was said during a break that was too long for one page. */
  async #between(since: string, before: string | null): Promise<Message[]> {
    const missed: Message[] = [];
    while (before !== null && before > since) {
      const page = await this.#connection.ask("chat:history", {
        agentId: this.#agentId,
        before,
        limit: PAGE,
      });
      missed.unshift(...page.messages.filter(({ messageId }) => messageId > since));
      before = page.nextBefore;
    }
    return missed;
  }

  /** What was missed in a break is news, also to listeners; what was said before the first join is not. */
  #entered(joined: Joined, missed: Message[]): void {
    const isNews = this.#hasJoined;
    this.#isJoined = this.#hasJoined = true;
    this.#error = null;
    this.#relation = relationOf(joined);
    [...missed, ...joined.messages].forEach((message) => this.#know(message, isNews));
    this.#answers.release(joined.streams);
    this.#outbox.wake();
    this.#show();
  }

  async #refused(error: unknown, signal: AbortSignal): Promise<void> {
    if (!(error instanceof ChatError)) throw error;
    if (!isPassing(error)) {
      this.#error = error;
      this.#show();
      return;
    }
    await pause(error.extra.retryAfterMs ?? JOIN_AGAIN_MS, signal).then(
      () => this.#join(),
      () => undefined, // the connection has gone; the next one joins
    );
  }

  #hear<E extends keyof ServerEvents>(event: E, body: ServerEvents[E]): void {
    if ("agentId" in body && body.agentId !== this.#agentId) return;
    const handlers: { [E in keyof ServerEvents]?: (body: ServerEvents[E]) => void } = {
      "chat:message": (message) => this.#said(message),
      "chat:message:stream": (chunk) => this.#answers.chunk(chunk),
      "chat:message:complete": (complete) => this.#answers.complete(complete),
      "chat:typing": ({ userId, isTyping, timestamp }) => {
        if (userId) this.#userTyping.set(isTyping, timestamp);
        else this.#agentTyping.set(isTyping); // in order: one writer says it
      },
      "relation:updated": (relation) => this.#relate(relationOf(relation)),
    };
    (handlers[event] as ((body: unknown) => void) | undefined)?.(body);
    if (!TOLD_HERE.has(event)) this.events.dispatch(event, body);
  }

  #said(message: Message): void {
    this.#userTyping.set(false);
    this.#know(message, true);
    this.#show();
  }

  #relate(relation: Relation): void {
    this.#relation = relation;
    this.#show();
  }

  /** Takes in a stored message; one of ours whose ack was lost is known by its `clientMessageId`. */
  #know(message: Message, isNews: boolean): void {
    const { messageId, clientMessageId, role } = message;
    const known = this.#transcript.get(messageId);
    if (known && known.state !== "streaming") return;
    const isOwn = clientMessageId !== undefined && this.#outbox.remove(clientMessageId) !== undefined;
    this.#transcript.set(lineOf(message));
    if (role === "agent") this.#answers.found(message, isNews);
    else if (isNews && !isOwn) this.events.dispatch("chat:message", message);
  }

  async #send({ id, text }: Unsent): Promise<void> {
    const agentId = this.#agentId;
    const asked = this.#connection.ask("chat:message", { agentId, message: text, clientMessageId: id });
    await this.#followAck(
      asked.then((ack) => {
        const stored = {
          messageId: ack.messageId,
          clientMessageId: id,
          role: "user",
          message: text,
        } as const;
        this.#transcript.set(lineOf({ ...stored, timestamp: ack.timestamp }));
        return ack;
      }),
    );
  }

  /** Follows the answer that an ack names, or that was in the way. */
  async #followAck(asked: Promise<Accepted>, replaces?: string): Promise<void> {
    try {
      const ack = await asked;
      this.#await(ack.replyId, ack.messageId, ack.duplicate, replaces);
    } catch (error) {
      if (error instanceof ChatError && error.extra.messageId) this.#await(error.extra.messageId, "", true);
      throw error;
    }
  }

  /** Expects an answer; asks for one that may be under way already, or over. */
  #await(messageId: string, replyTo: string, isUnderWay: boolean, replaces?: string): void {
    const answer = this.#answers.expect(messageId, replyTo, replaces);
    if (answer && isUnderWay) void this.#answers.ask(answer);
    this.#show();
  }

  #grown(answer: Answer, chunk: string, index: number): void {
    this.#agentTyping.set(false);
    const { messageId, replyTo, text, replaces } = answer;
    const timestamp = this.#transcript.get(messageId)?.timestamp ?? Date.now();
    const line = { key: messageId, messageId, role: "agent", text, timestamp, replaces } as const;
    this.#transcript.set({ ...line, state: "streaming" });
    this.events.dispatch("chat:message:stream", {
      agentId: this.#agentId,
      messageId,
      replyTo,
      chunk,
      index,
      timestamp,
      ...(replaces && { replaces }),
    });
    this.#showing ??= setTimeout(() => this.#show(), FRAME_MS);
  }

  #ended(answer: Answer, timestamp: number): void {
    const { messageId, replyTo, text, index, finishReason = "stop", replaces } = answer;
    this.#agentTyping.set(false);
    if (text || finishReason !== "error") {
      this.#transcript.set({
        key: messageId,
        messageId,
        role: "agent",
        text,
        timestamp,
        state: "done",
        finishReason,
        replaces,
      });
    }
    this.#show(); // before it is told, so that who listens sees it
    const ids = { agentId: this.#agentId, messageId, replyTo };
    this.events.dispatch("chat:message:complete", {
      ...ids,
      message: text,
      chunks: index,
      finishReason,
      timestamp,
      ...(replaces && { replaces }),
    });
  }

  #show(): void {
    clearTimeout(this.#showing);
    this.#showing = undefined;
    if (this.#ending.signal.aborted) return;
    const answer = this.#answers.current;
    this.state.set({
      messages: this.#messages(),
      isJoined: this.#isJoined,
      hasEarlier: this.#before !== null,
      isLoadingEarlier: this.#isLoadingEarlier,
      answering: answer?.messageId ?? null,
      isAgentTyping: this.#agentTyping.isTyping || (this.#isJoined && answer?.text === ""),
      isTypingElsewhere: this.#userTyping.isTyping,
      relation: this.#relation,
      isUnsaved: this.#outbox.unsaved.get(),
      error: this.#error,
    });
  }

  #messages(): readonly ChatLine[] {
    const waiting = this.#outbox.unsent.get().filter(({ id }) => !this.#transcript.has(id));
    const said = this.#transcript.shown(this.#answers.current?.replaces);
    if (waiting.length === 0) return said;
    return [...said, ...waiting.map((unsent) => this.#waiting(unsent))];
  }

  #waiting({ id, text, at, triedAt, error }: Unsent): ChatLine {
    const line = { key: id, clientMessageId: id, role: "user", text, timestamp: at } as const;
    if (error) return { ...line, state: "failed", error: new ChatError(error) };
    return { ...line, state: triedAt !== undefined && this.#isJoined ? "sending" : "queued" };
  }
}

function relationOf({ emotions, relationLevel, relationState }: Relation): Relation {
  return { emotions, relationLevel, relationState };
}
