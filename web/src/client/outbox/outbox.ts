import { ChatError, isPassing } from "../errors.js";
import { pause, Store, until } from "../store.js";
import { newId } from "../id.js";
import type { Turn } from "./turn.js";
import type { Unsent, UnsentStore } from "./unsent.js";

const AGAIN_MS = 500; // after a conflict, or a first failure that names no time; doubled each time
const AGAIN_MS_MAX = 30_000;
const KNOWN_MS = 24 * 60 * 60 * 1_000; // for so long at least the server knows a `clientMessageId`
const TOO_OLD = "It is not known whether this message arrived. Send it again if it did not.";

export interface OutboxOptions {
  /** Names the chat. */
  chat: string;
  store: UnsentStore;
  turn: Turn;
  /** Sends one message and resolves once it is acknowledged. Throws ChatError. */
  send: (unsent: Unsent) => Promise<void>;
  /** Resolves when the chat takes a message: joined, and no answer in flight. */
  ready: (signal: AbortSignal) => Promise<unknown>;
}

/**
 * The messages of a chat on their way out: kept until they are acknowledged, sent in their order, each when the answer
 * before it has ended. What passes (no connection, too fast, an answer still running) is waited for; any other refusal
 * stays with the message until somebody wants it again or gives it up.
 */
export class Outbox {
  readonly unsent = new Store<readonly Unsent[]>([]);
  readonly #options: OutboxOptions;
  readonly #ending = new AbortController();
  #storing: Promise<unknown> = Promise.resolve();
  #failures = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Takes up what was left, and sends until `end`. */
  async start(): Promise<void> {
    const { chat, store } = this.#options;
    const { signal } = this.#ending;
    const stop = store.subscribe((changed) => changed === chat && void this.#load());
    signal.addEventListener("abort", stop);
    await this.#load();
    await this.#run(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Sends no more; what is left stays stored. */
  end(): void {
    this.#ending.abort();
  }

  /** Puts a message in. It is shown at once, and stored before it is sent. */
  add(text: string): Unsent {
    const at = Date.now();
    const order = Math.max(at, (this.unsent.get().at(-1)?.order ?? 0) + 1);
    const unsent = { id: newId(), chat: this.#options.chat, order, text, at };
    this.#put(unsent);
    return unsent;
  }

  /** Wants a message again that had failed. */
  retry(id: string): void {
    const unsent = this.#get(id);
    if (unsent) this.#put({ ...unsent, triedAt: undefined, error: undefined });
  }

  /** Takes a message out; returns it. */
  remove(id: string): Unsent | undefined {
    const unsent = this.#get(id);
    if (!unsent) return undefined;
    this.unsent.set(this.unsent.get().filter((other) => other.id !== id));
    this.#store(() => this.#options.store.remove(id, unsent.chat));
    return unsent;
  }

  /** The turn is taken for one message at a time, and only by a page that can send it. */
  async #run(signal: AbortSignal): Promise<void> {
    const { chat, ready, turn } = this.#options;
    while (!signal.aborted) {
      await until(this.unsent, (all) => all.some(isWaiting), signal);
      await ready(signal);
      await turn(chat, signal, () => this.#sendNext(signal));
    }
  }

  async #sendNext(signal: AbortSignal): Promise<void> {
    await this.#load(); // another page may have sent it
    const next = this.unsent.get().find(isWaiting);
    if (next) await this.#attempt(next, signal);
  }

  async #attempt(next: Unsent, signal: AbortSignal): Promise<void> {
    if (next.triedAt !== undefined && Date.now() - next.triedAt > KNOWN_MS) {
      this.#put({ ...next, error: { code: "unavailable", message: TOO_OLD } });
      return;
    }
    const tried = { ...next, triedAt: next.triedAt ?? Date.now() };
    this.#put(tried);
    try {
      await this.#storing;
      await this.#options.send(tried);
      this.#failures = 0;
      this.remove(next.id);
    } catch (error) {
      await this.#failed(tried, error, signal);
    }
  }

  async #failed(unsent: Unsent, error: unknown, signal: AbortSignal): Promise<void> {
    if (!(error instanceof ChatError)) throw error;
    const { code, extra } = error;
    if (code !== "conflict" && !isPassing(error)) {
      this.#put({ ...unsent, error: error.toRefusal() });
      return;
    }
    const delayMs = Math.min(AGAIN_MS * 2 ** this.#failures, AGAIN_MS_MAX);
    this.#failures = code === "conflict" ? 0 : this.#failures + 1;
    await pause(extra.retryAfterMs ?? delayMs, signal);
  }

  #get(id: string): Unsent | undefined {
    return this.unsent.get().find((unsent) => unsent.id === id);
  }

  #put(unsent: Unsent): void {
    const others = this.unsent.get().filter(({ id }) => id !== unsent.id);
    this.unsent.set([...others, unsent].sort((a, b) => a.order - b.order));
    this.#store(() => this.#options.store.put(unsent));
  }

  /** Stores one change after the other. A browser that cannot store costs no message: it is sent all the same. */
  #store(change: () => Promise<void>): void {
    this.#storing = this.#storing.then(change).catch(() => undefined);
  }

  async #load(): Promise<void> {
    const storing = this.#storing;
    await storing;
    const stored = await this.#options.store.all(this.#options.chat).catch(() => undefined);
    if (storing !== this.#storing) return this.#load(); // something has changed since
    if (stored) this.unsent.set(stored);
  }
}

function isWaiting(unsent: Unsent): boolean {
  return unsent.error === undefined;
}
