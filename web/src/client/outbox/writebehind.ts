import { Store } from "../store.js";
import { byOrder, type Unsent, type UnsentStore } from "./unsent.js";

const PATIENCE_MS = 2_000; // for which a message waits until it is stored
const RETRY_MS = 10_000;

interface Change {
  readonly unsent: Unsent | null; // null: removed
}

interface WriteBehindOptions {
  chat: string;
  store: UnsentStore;
  /** Called when it is worth reading again. */
  recovered: () => void;
}

/**
 * What an outbox has stored, in a store that may refuse, fail, lose everything, or never answer.
 *
 * | a change     | until                                  | meanwhile                                             |
 * |--------------|----------------------------------------|-------------------------------------------------------|
 * | pending      | the store has confirmed it             | it stands before what is read: nothing goes, or comes back |
 * | failed       | a later write, or `RETRY_MS`: once more | nothing waits for it; what waits to be sent is `unsaved` |
 * | unanswered   | the store answers, or `RETRY_MS`       | the same, and the store is asked nothing              |
 * | lost         |                                        | everything that the outbox has is pending again       |
 */
export class WriteBehind {
  /** Whether something waits to be sent that would not survive the page. */
  readonly unsaved = new Store(false);
  readonly #options: WriteBehindOptions;
  readonly #pending = new Map<string, Change>(); // by id
  #writing: Promise<void> | undefined;
  #isFailing = false;
  #isSilent = false;
  #retrying: ReturnType<typeof setTimeout> | undefined;
  #hasEnded = false;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
  }

  put(unsent: Unsent): void {
    this.#change(unsent.id, unsent);
  }

  remove(id: string): void {
    this.#change(id, null);
  }

  /** All that was stored may be gone. @param all - what should be there. */
  lost(all: readonly Unsent[]): void {
    for (const unsent of all) this.#pending.set(unsent.id, { unsent });
    void this.#write();
  }

  /** Resolves when every change is stored, or is known not to be. */
  async settled(): Promise<void> {
    while (this.#writing) await this.#writing;
  }

  /** What is stored, with the changes that are pending; undefined where it cannot be read now. */
  async read(): Promise<Unsent[] | undefined> {
    if (this.#isSilent) return undefined;
    try {
      const { store, chat } = this.#options;
      const stored = await this.#answer(store.all(chat));
      return this.#changed(stored);
    } catch {
      this.#fail();
      return undefined;
    }
  }

  /** Tries what is pending once more, and then nothing. */
  end(): void {
    this.#hasEnded = true;
    clearTimeout(this.#retrying);
    void this.#write();
  }

  #change(id: string, unsent: Unsent | null): void {
    this.#pending.set(id, { unsent });
    this.#judge();
    void this.#write();
  }

  #changed(stored: readonly Unsent[]): Unsent[] {
    const byId = new Map<string, Unsent | null>(stored.map((unsent) => [unsent.id, unsent]));
    for (const [id, { unsent }] of this.#pending) byId.set(id, unsent);
    return [...byId.values()].filter((unsent) => unsent !== null).sort(byOrder);
  }

  /** Writes what is pending, one change after the other, and what comes meanwhile. */
  #write(): Promise<void> {
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
      this.#judge();
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    const failed = new Set<Change>();
    for (let next = this.#next(failed); next && !this.#isSilent; next = this.#next(failed)) {
      const [id, change] = next;
      try {
        const { store, chat } = this.#options;
        await this.#answer(change.unsent ? store.put(change.unsent) : store.remove(id, chat));
        if (this.#pending.get(id) === change) this.#pending.delete(id);
      } catch {
        failed.add(change);
        this.#fail();
      }
    }
    if (!this.#isSilent) this.#isFailing = failed.size > 0;
  }

  #next(failed: ReadonlySet<Change>): [string, Change] | undefined {
    return [...this.#pending].find(([, change]) => !failed.has(change));
  }

  /** A store that is silent is not waited for; when it answers after all, everything is tried again. */
  async #answer<Answer>(answer: Promise<Answer>): Promise<Answer> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        this.#isSilent = true;
        reject(new Error("The browser's storage does not answer."));
      }, PATIENCE_MS);
    });
    const awake = (): void => {
      if (this.#isSilent) void this.#retry();
    };
    answer.then(awake, awake);
    try {
      return await Promise.race([answer, silence]);
    } finally {
      clearTimeout(timer);
    }
  }

  #fail(): void {
    this.#isFailing = true;
    this.#judge();
    clearTimeout(this.#retrying);
    if (!this.#hasEnded) this.#retrying = setTimeout(() => void this.#retry(), RETRY_MS);
  }

  async #retry(): Promise<void> {
    this.#isSilent = false;
    await this.#write();
    if (!this.#hasEnded) this.#options.recovered();
  }

  #judge(): void {
    const waits = [...this.#pending.values()].some(({ unsent }) => unsent !== null);
    this.unsaved.set(this.#isFailing && waits);
  }
}
