import type { AckFields } from "../client/connection.js";
import { ChatError } from "../client/errors.js";
import { checkMessage } from "../client/limits.js";
import type { Lease } from "../client/pool.js";
import { takeChat, type Chat, type ChatOptions } from "../client/sessions.js";
import { until } from "../client/store.js";
import type { ClientEvents, Page } from "../events.gen.js";
import { follow, type AnswerObserver } from "./following.js";

const PAGE_SIZE = 50; // messages of one look back
const STOP_MS = 3_000; // an answer ends within 1 s of its stop, and that has a way to come

/** Whose chat it is, with whom, and where: as `takeChat` takes it. */
export type ExchangeOptions = Pick<ChatOptions, "agentId" | "userId" | "token" | "url" | "path">;

/**
 * A chat for frameworks that keep the messages themselves. What they send goes out under the id that they gave it, so that it
 * is answered once however often it is sent; what is refused is told at once. Nothing waits in the outbox.
 *
 * | a message is | and then                                                                                 |
 * |--------------|------------------------------------------------------------------------------------------|
 * | waiting      | the chat is entered: sent. Refused, no network, its signal: failed                        |
 * | sent         | its ack: followed. The connection is lost: waiting, under the same id. A refusal: failed  |
 * | followed     | its answer ends: ended. The key is refused: failed. Its signal: the answer is stopped     |
 */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #answers = new Map<string, string | undefined>(); // of each message that the server has, the newest
  readonly #told = new Set<string>(); // answers that the framework has
  readonly #followed = new Set<{ leave?: (reason?: unknown) => void }>();
  #newest: string | undefined; // of those messages
  #hasHistory = false;
  #lease: Lease<Chat> | undefined;
  #stopping: Promise<void> = Promise.resolve();

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** Lets go of the connection, and of what is followed; whatever is called next takes it again. */
  close(): void {
    const reason = new DOMException("The chat was closed.", "AbortError");
    this.#followed.forEach(({ leave }) => leave?.(reason));
    this.#lease?.release();
    this.#lease = undefined;
  }

  /** Whether the server is known to have a message. */
  hasAccepted(id: string): boolean {
    return this.#answers.has(id);
  }

  /** The newest messages, or those before one, in order. An answer that is being given comes by `resume`. */
  async history(before?: string, signal?: AbortSignal): Promise<Page> {
    const { agentId } = this.#options;
    const page = await this.#ask(
      "chat:history",
      { agentId, limit: PAGE_SIZE, ...(before && { before }) },
      signal,
    );
    let asked: string | undefined;
    for (const { role, messageId, clientMessageId } of page.messages) {
      if (role === "user") asked = clientMessageId ?? messageId;
      else this.#told.add(messageId);
      if (asked !== undefined) this.#answers.set(asked, role === "user" ? undefined : messageId);
    }
    if (before === undefined) this.#newest = asked;
    this.#hasHistory = true;
    return page;
  }

  /** Sends a message and follows its answer, which the signal stops. What is returned ends the following only. */
  send(id: string, message: string, observer: AnswerObserver, signal: AbortSignal): () => void {
    return this.#begin(id, this.#send(id, message, signal), observer, signal);
  }

  /** Has the answer to a message given again, if it is the newest, and follows the new one as `send` does. */
  regenerate(id: string, observer: AnswerObserver, signal: AbortSignal): () => void {
    return this.#begin(id, this.#regenerate(id, signal), observer, signal);
  }

  #begin(
    id: string,
    asked: Promise<AckFields<"chat:message">>,
    observer: AnswerObserver,
    signal: AbortSignal,
  ): () => void {
    let leave: (() => void) | undefined;
    let hasLeft = false;
    asked
      .then(({ replyId, duplicate }) => {
        this.#newest = id;
        this.#answers.set(id, replyId);
        this.#told.add(replyId);
        if (!hasLeft) leave = this.#follow(replyId, duplicate, observer, signal);
        else if (signal.aborted) this.#stop(replyId);
      })
      .catch((error: unknown) => hasLeft || observer.failed(error));
    return () => {
      hasLeft = true;
      leave?.();
    };
  }

  /**
   * Follows the answer that is being given, or came since `history`, from its beginning; null if there is none. A framework
   * may give up one resumption for the next: both are told the same.
   */
  async resume(observer: AnswerObserver, signal: AbortSignal): Promise<(() => void) | null> {
    const { session } = await this.#enter(signal);
    const { answering, messages } = session.state.get();
    const newest = messages.findLast(({ role }) => role === "agent")?.messageId;
    const isNews = this.#hasHistory && newest !== undefined && !this.#told.has(newest);
    const messageId = answering ?? (isNews ? newest : undefined);
    if (answering !== null && this.#newest !== undefined) this.#answers.set(this.#newest, answering);
    return messageId === undefined ? null : this.#follow(messageId, false, observer, signal);
  }

  get #chat(): Chat {
    this.#lease ??= takeChat(this.#options);
    return this.#lease.item;
  }

  async #send(
    clientMessageId: string,
    message: string,
    signal: AbortSignal,
  ): Promise<AckFields<"chat:message">> {
    checkMessage(message);
    await this.#stopping;
    const { agentId } = this.#options;
    return this.#ask("chat:message", { agentId, message, clientMessageId }, signal);
  }

  async #regenerate(id: string, signal: AbortSignal): Promise<AckFields<"chat:regenerate">> {
    const messageId = this.#answers.get(id);
    if (messageId === undefined || id !== this.#newest)
      throw new ChatError({ code: "not_found", message: "Only the newest answer can be given again." });
    await this.#stopping;
    const { agentId } = this.#options;
    const clientMessageId = `again:${messageId}`; // as the session's: once, whichever caller asks
    return this.#ask("chat:regenerate", { agentId, messageId, clientMessageId }, signal);
  }

  #follow(messageId: string, isUnderWay: boolean, observer: AnswerObserver, signal: AbortSignal): () => void {
    const following: { leave?: (reason?: unknown) => void } = {};
    const stop = (): void => this.#stop(messageId);
    const over = (): void => {
      signal.removeEventListener("abort", stop);
      this.#followed.delete(following);
    };
    this.#followed.add(following);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop);
    const leave = follow(this.#chat, this.#options.agentId, { messageId, isUnderWay, over }, observer);
    following.leave = leave;
    return leave;
  }

  /** Stops an answer. What is sent next waits for its end, since it would be a conflict. */
  #stop(messageId: string): void {
    const { agentId } = this.#options;
    const { events } = this.#chat.session;
    this.#stopping = new Promise((resolve) => {
      const timer = setTimeout(done, STOP_MS);
      const end = events.on(
        "chat:message:complete",
        (complete) => complete.messageId === messageId && done(),
      );
      function done(): void {
        clearTimeout(timer);
        end();
        resolve();
      }
    });
    this.#ask("chat:stop", { agentId, messageId }).catch(() => undefined); // then it goes on to its end
  }

  /** Sends an event, again on each new connection until one has lasted for its ack. Throws ChatError. */
  async #ask<E extends keyof ClientEvents>(
    event: E,
    payload: ClientEvents[E]["payload"],
    signal = new AbortController().signal,
  ): Promise<AckFields<E>> {
    for (;;) {
      const { connection } = await this.#enter(signal);
      try {
        return await connection.ask(event, payload);
      } catch (error) {
        if (connection.isConnected || !(error instanceof ChatError) || error.code !== "unavailable")
          throw error;
      }
    }
  }

  /** Resolves once the chat is entered. Throws ChatError where that is refused, or there is no network. */
  async #enter(signal: AbortSignal): Promise<Chat> {
    const { session, connection } = this.#chat;
    if (whyNot(this.#chat)) connection.retry(); // it is asked for, so it is worth a try
    await until(
      session.state,
      ({ isJoined, error }) => isJoined || error !== null || whyNot(this.#chat) !== undefined,
      signal,
    );
    const { isJoined, error } = session.state.get();
    const reason = isJoined ? undefined : (error ?? whyNot(this.#chat));
    if (reason) throw reason;
    return this.#chat;
  }
}

/** Why there will be no connection soon, if there will be none. */
function whyNot({ connection }: Chat): ChatError | undefined {
  const state = connection.state.get();
  if (state.status === "refused") return state.error;
  if (state.status !== "offline") return undefined;
  return new ChatError({ code: "unavailable", message: "The network is down." });
}

/** A refusal of what can be told here: the server would say the same. */
export function invalid(message: string): ChatError {
  return new ChatError({ code: "invalid", message });
}
