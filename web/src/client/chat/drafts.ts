const NAME = "serverless-socketio:draft:";

/**
 * What was written and not sent yet, by chat. It outlives the way from one chat to another, and a reload where the browser
 * lends this tab its storage; other tabs have their own.
 */
export class Drafts {
  readonly #texts = new Map<string, string>();
  readonly #watchers = new Set<() => void>();
  readonly #storage: () => Storage;

  /** @param storage - gives the storage; it and what it gives may throw, e.g. with cookies blocked or a full disk. */
  constructor(storage: () => Storage) {
    this.#storage = storage;
  }

  /** The draft of a chat; empty where there is none. */
  of(chat: string): string {
    const text = this.#texts.get(chat) ?? this.#try((storage) => storage.getItem(NAME + chat)) ?? "";
    this.#texts.set(chat, text);
    return text;
  }

  set(chat: string, text: string): void {
    this.#texts.set(chat, text);
    this.#try((storage) => (text ? storage.setItem(NAME + chat, text) : storage.removeItem(NAME + chat)));
    this.#watchers.forEach((watcher) => watcher());
  }

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  /** Whether a chat that was shown in this tab has a draft. */
  get areThere(): boolean {
    return [...this.#texts.values()].some((text) => text.trim() !== "");
  }

  #try<Result>(act: (storage: Storage) => Result): Result | undefined {
    try {
      return act(this.#storage());
    } catch {
      return undefined; // not kept over a reload, then
    }
  }
}

const drafts = new Drafts(() => sessionStorage);

/** The drafts of this tab. */
export function tabDrafts(): Drafts {
  return drafts;
}

/** Whether this tab holds a draft. */
export function hasDraft(): boolean {
  return drafts.areThere;
}
