import { byOrder, unsentOf, type Unsent, type UnsentListener, type UnsentStore } from "./unsent.js";

const DATABASE = "serverless-socketio";
const VERSION = 1;
const UNSENT = "unsent";
const BY_CHAT = "chat";
const CHANNEL = `${DATABASE}:${UNSENT}`;

/** Keeps unsent messages in the browser's database, over reloads, for all pages of the origin. */
export class IndexedDbStore implements UnsentStore {
  readonly #channel = openChannel();
  readonly #listeners = new Set<UnsentListener>();
  #database: Promise<IDBDatabase> | undefined;

  constructor() {
    this.#channel?.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
      for (const listener of this.#listeners) listener.changed(String(data));
    });
  }

  async all(chat: string): Promise<Unsent[]> {
    const found = await this.#do<unknown[]>("readonly", (table) => table.index(BY_CHAT).getAll(chat));
    return found
      .map(unsentOf)
      .filter((unsent) => unsent !== undefined)
      .sort(byOrder);
  }

  async put(unsent: Unsent): Promise<void> {
    await this.#do("readwrite", (table) => table.put(unsent));
    this.#tell(unsent.chat);
  }

  async remove(id: string, chat: string): Promise<void> {
    await this.#do("readwrite", (table) => table.delete(id));
    this.#tell(chat);
  }

  subscribe(listener: UnsentListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Does one thing in a transaction of its own. Resolves once that is committed: a disk may be full only then. A
   * connection that fails is given up, since Safari's stay broken; one that was closed meanwhile is opened anew at once.
   */
  async #do<Result>(
    mode: IDBTransactionMode,
    act: (table: IDBObjectStore) => IDBRequest<Result>,
    isRepeated = false,
  ): Promise<Result> {
    const database = await this.#opened();
    try {
      const transaction = database.transaction(UNSENT, mode);
      return await committed(transaction, act(transaction.objectStore(UNSENT)));
    } catch (error) {
      this.#database = undefined;
      database.close();
      const isClosed = error instanceof DOMException && error.name === "InvalidStateError";
      if (isClosed && !isRepeated) return this.#do(mode, act, true);
      throw error;
    }
  }

  async #opened(): Promise<IDBDatabase> {
    this.#database ??= this.#open();
    try {
      return await this.#database;
    } catch (error) {
      this.#database = undefined; // tried anew when it is needed again
      throw error;
    }
  }

  async #open(): Promise<IDBDatabase> {
    const database = await opened(VERSION).catch((error: unknown) => {
      const isNewer = error instanceof DOMException && error.name === "VersionError";
      if (isNewer) return opened(); // a newer page has changed it, and this page's table is in it all the same
      throw error;
    });
    database.onclose = () => {
      this.#database = undefined;
      this.#lost(); // the browser took it: it was cleared, or is damaged
    };
    database.onversionchange = ({ newVersion }) => {
      this.#database = undefined;
      database.close(); // neither a newer page nor a deletion must wait for this one
      if (newVersion === null) this.#lost();
    };
    return database;
  }

  #lost(): void {
    for (const listener of this.#listeners) listener.lost();
  }

  #tell(chat: string): void {
    try {
      this.#channel?.postMessage(chat);
    } catch {
      // other pages look again before they send
    }
  }
}

function openChannel(): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(CHANNEL);
  } catch {
    return undefined; // an old browser, or one that allows this page nothing that it could share
  }
}

function opened(version?: number): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, version);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(UNSENT, { keyPath: "id" }).createIndex(BY_CHAT, "chat");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(reasonOf(request.error));
  });
}

function committed<Result>(transaction: IDBTransaction, request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(reasonOf(transaction.error));
  });
}

function reasonOf(error: DOMException | null): DOMException {
  return error ?? new DOMException("The browser's storage failed.", "AbortError");
}
