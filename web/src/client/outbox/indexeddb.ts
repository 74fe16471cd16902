import type { Unsent, UnsentStore } from "./unsent.js";

const DATABASE = "serverless-socketio";
const VERSION = 1;
const UNSENT = "unsent";
const BY_CHAT = "chat";

/** Keeps unsent messages in the browser's database, over reloads, for all pages of the origin. */
export class IndexedDbStore implements UnsentStore {
  readonly #news =
    typeof BroadcastChannel === "undefined" ? undefined : new BroadcastChannel(`${DATABASE}:${UNSENT}`);
  #database: Promise<IDBDatabase> | undefined;

  async all(chat: string): Promise<Unsent[]> {
    const table = await this.#table("readonly");
    const found = await done(table.index(BY_CHAT).getAll(chat) as IDBRequest<Unsent[]>);
    return found.sort((a, b) => a.order - b.order);
  }

  async put(unsent: Unsent): Promise<void> {
    const table = await this.#table("readwrite");
    await done(table.put(unsent));
    this.#news?.postMessage(unsent.chat);
  }

  async remove(id: string, chat: string): Promise<void> {
    const table = await this.#table("readwrite");
    await done(table.delete(id));
    this.#news?.postMessage(chat);
  }

  subscribe(listener: (chat: string) => void): () => void {
    const hear = (message: MessageEvent<string>): void => listener(message.data);
    this.#news?.addEventListener("message", hear);
    return () => this.#news?.removeEventListener("message", hear);
  }

  async #table(mode: IDBTransactionMode): Promise<IDBObjectStore> {
    this.#database ??= this.#open();
    const database = await this.#database.catch((error: unknown) => {
      this.#database = undefined; // tried anew when it is needed again
      throw error;
    });
    return database.transaction(UNSENT, mode).objectStore(UNSENT);
  }

  async #open(): Promise<IDBDatabase> {
    const request = indexedDB.open(DATABASE, VERSION);
    request.onupgradeneeded = () => {
      request.result.createObjectStore(UNSENT, { keyPath: "id" }).createIndex(BY_CHAT, "chat");
    };
    const database = await done(request);
    database.onclose = () => (this.#database = undefined); // the browser took it: opened anew when needed
    database.onversionchange = () => {
      database.close(); // a newer page must not wait for this one
      this.#database = undefined;
    };
    return database;
  }
}

function done<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("The database did not say what is wrong."));
  });
}
