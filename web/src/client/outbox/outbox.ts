import { ChatError, isPassing } from "../errors.js";
import { pause, Store, until } from "../store.js";
import { newId } from "../id.js";
import type { Turn } from "./turn.js";
import { byOrder, type Unsent, type UnsentStore } from "./unsent.js";
import { WriteBehind } from "./writebehind.js";

const AGAIN_MS = 500; // after a conflict, or a first failure that names no time; doubled each time
const AGAIN_MS_MAX = 30_000;
const KNOWN_MS = 24 * 60 * 60 * 1_000; // for so long at least the server knows a `clientMessageId`
const TOO_OLD = "It is not known whether this message arrived. Send it again if it did not.";
const DEFECT = new ChatError({ code: "internal", message: "Something went wrong on this page." });

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
 * stays with the message until the user wants it again or gives it up. What is here is right, and what is stored is a copy.
 */
export class Outbox {
  readonly unsent = new Store<readonly Unsent[]>([]);
  readonly #options: OutboxOptions;
  readonly #copy: WriteBehind;
  readonly #ending = new AbortController();
  #resting = new AbortController();
  #failures = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
    this.#copy = new WriteBehind({ ...options, recovered: () => void this.#load() });
  }

  /** Whether something waits that would be lost with the page, since the browser cannot store it. */
  get unsaved(): Store<boolean> {
    return this.#copy.unsaved;
  }

  /** Takes up what was left, and sends until `end`. */
  async start(): Promise<void> {
    const { chat, store } = this.#options;
    const { signal } = this.#ending;
    const stop = store.subscribe({
      changed: (changed) => void (changed === chat && this.#load()),
      lost: () => this.#copy.lost(this.unsent.get()),
    });
    signal.addEventListener("abort", stop);
    await this.#load();
    await this.#run(signal).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  }

  /** Sends no more; what is left stays stored. */
  end(): void {
    this.#ending.abort();
    this.#resting.abort();
    this.#copy.end();
  }

  /** Ends a pause after a failure: there is a new connection. */
  wake(): void {
    this.#failures = 0;
    this.#resting.abort();
  }

  /** Puts a message in. It is shown at once, and stored before it is sent, if it can be. */
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
    this.#copy.remove(id);
    return unsent;
  }

  /** The turn is taken for one message at a time, only by a page that can send it, and left while that page pauses. */
  async #run(signal: AbortSignal): Promise<void> {
    const { chat, ready, turn } = this.#options;
    while (!signal.aborted) {
      await until(this.unsent, (all) => all.some(isWaiting), signal);
      await ready(signal);
      let pauseMs = 0;
      await turn(chat, signal, async () => {
        pauseMs = await this.#sendNext();
      });
      if (pauseMs > 0) await this.#rest(pauseMs);
    }
  }

  async #rest(pauseMs: number): Promise<void> {
    this.#resting = new AbortController();
    if (this.#ending.signal.aborted) return;
    await pause(pauseMs, this.#resting.signal).catch(() => undefined);
  }

  /** Returns for how long nothing is to be sent, milliseconds. */
  async #sendNext(): Promise<number> {
    await this.#load(); // another page may have sent it
    const next = this.unsent.get().find(isWaiting);
    return next ? this.#attempt(next) : 0;
  }

  async #attempt(next: Unsent): Promise<number> {
    if (next.triedAt !== undefined && Date.now() - next.triedAt > KNOWN_MS) {
      this.#put({
        ...next,
        error: { code: "unavailable", message: TOO_OLD, clientReason: "arrival-unknown" },
      });
      return 0;
    }
    const tried = { ...next, triedAt: next.triedAt ?? Date.now() };
    this.#put(tried);
    await this.#copy.settled();
    if (!this.#get(next.id) || this.#ending.signal.aborted) return 0; // given up, or found in the history, meanwhile
    try {
      await this.#options.send(tried);
      this.#failures = 0;
      this.remove(next.id);
      return 0;
    } catch (error) {
      return this.#failed(tried, error);
    }
  }

  #failed(unsent: Unsent, error: unknown): number {
    if (!(error instanceof ChatError)) report(error);
    const { code, extra } = error instanceof ChatError ? error : DEFECT;
    if (code !== "conflict" && !isPassing(error)) {
      const refusal = (error instanceof ChatError ? error : DEFECT).toRefusal();
      if (this.#get(unsent.id)) this.#put({ ...unsent, error: refusal });
      return 0;
    }
    const delayMs = Math.min(AGAIN_MS * 2 ** this.#failures, AGAIN_MS_MAX);
    this.#failures = code === "conflict" ? 0 : this.#failures + 1;
    return extra.retryAfterMs ?? delayMs;
  }

  #get(id: string): Unsent | undefined {
    return this.unsent.get().find((unsent) => unsent.id === id);
  }

  #put(unsent: Unsent): void {
    const others = this.unsent.get().filter(({ id }) => id !== unsent.id);
    this.unsent.set([...others, unsent].sort(byOrder));
    this.#copy.put(unsent);
  }

  async #load(): Promise<void> {
    const stored = await this.#copy.read();
    if (stored) this.unsent.set(stored);
  }
}

function isWaiting(unsent: Unsent): boolean {
  return unsent.error === undefined;
}

/** A defect of ours stops one message, not those after it, and shows as an uncaught error. */
function report(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
