import { IDBFactory } from "fake-indexeddb";
import { vi } from "vitest";

export const DATABASE = "serverless-socketio";
export const UNSENT = "unsent";

type Transaction = IDBTransaction & { _abort(name: string): void };

/** Ways in which a browser's storage fails, put into the globals until the end of the test. */
export const faults = {
  "storage that never answers": () => replace({ open: () => ({}) as IDBOpenDBRequest }),
  "a database that cannot be opened": () => replace({ open: () => failing("UnknownError") }),
  "all cookies blocked": () => {
    for (const name of ["indexedDB", "BroadcastChannel"])
      forbid(globalThis, name, new DOMException("Access is denied for this document.", "SecurityError"));
  },
  "a browser without storage": () => {
    vi.stubGlobal("indexedDB", undefined);
    vi.stubGlobal("BroadcastChannel", undefined);
  },
  "a put that throws": () =>
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(() => {
      throw new DOMException("The data could not be cloned.", "DataCloneError");
    }),
  "a put that fails": () =>
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore) {
      return this.add({}); // without a key: the request fails, and the transaction with it
    }),
  "a disk that is full when it is committed": () => {
    const put = real(IDBObjectStore.prototype, "put");
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, value) {
      const request = put.call(this, value);
      const transaction = this.transaction as Transaction;
      request.addEventListener("success", () => transaction._abort("QuotaExceededError"));
      return request;
    });
  },
  "a disk that is full every other time": () => {
    const put = real(IDBObjectStore.prototype, "put");
    let count = 0;
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, value) {
      const request = put.call(this, value);
      const transaction = this.transaction as Transaction;
      if ((count += 1) % 2)
        request.addEventListener("success", () => transaction._abort("QuotaExceededError"));
      return request;
    });
  },
  "commits that never come": () => {
    const put = real(IDBObjectStore.prototype, "put");
    vi.spyOn(IDBObjectStore.prototype, "put").mockImplementation(function (this: IDBObjectStore, value) {
      silence(this.transaction);
      return put.call(this, value);
    });
  },
  "reads that are never answered": () => {
    const begin = real(IDBDatabase.prototype, "transaction");
    vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(function (
      this: IDBDatabase,
      names,
      mode,
    ) {
      const transaction = begin.call(this, names, mode);
      if (mode === "readonly") silence(transaction);
      return transaction;
    });
  },
  "reads that fail": () =>
    vi.spyOn(IDBIndex.prototype, "getAll").mockImplementation(() => {
      throw new DOMException("Internal error opening backing store.", "UnknownError");
    }),
  "deletions that fail": () =>
    vi.spyOn(IDBObjectStore.prototype, "delete").mockImplementation(() => {
      throw new DOMException("An internal error occurred.", "UnknownError");
    }),
  "connections that are lost": () => {
    const begin = real(IDBDatabase.prototype, "transaction");
    vi.spyOn(IDBDatabase.prototype, "transaction").mockImplementation(function (
      this: IDBDatabase,
      names,
      mode,
    ) {
      if (mode === "versionchange") return begin.call(this, names, mode); // the fake's own, while it opens one
      throw new DOMException("The database connection is closing.", "InvalidStateError");
    });
  },
} satisfies Record<string, () => unknown>;

/** A storage of the test's own. */
export function fresh(): void {
  vi.stubGlobal("indexedDB", new IDBFactory());
}

/** Resolves to the result of a request. */
export function result<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error("failed"));
  });
}

/** A method as it was before a test has replaced it. */
function real<Owner, Name extends keyof Owner>(owner: Owner, name: Name): Owner[Name] {
  return Object.getOwnPropertyDescriptor(owner, name)?.value as Owner[Name];
}

/** Lets a transaction tell nothing of its end. */
function silence(transaction: IDBTransaction): void {
  for (const name of ["oncomplete", "onabort"])
    Object.defineProperty(transaction, name, { get: () => null, set: () => undefined });
}

function replace(factory: Partial<IDBFactory>): void {
  vi.stubGlobal("indexedDB", factory);
}

function failing(name: string): IDBOpenDBRequest {
  const request = { error: new DOMException("Internal error.", name) } as IDBOpenDBRequest;
  setTimeout(() => {
    request.onerror?.(new Event("error"));
  }, 1);
  return request;
}

function forbid(owner: object, name: string, error: DOMException): void {
  const before = Object.getOwnPropertyDescriptor(owner, name);
  vi.stubGlobal(name, undefined); // so that it is undone at the end
  Object.defineProperty(owner, name, {
    configurable: true,
    get: (): never => {
      throw error;
    },
    set: (value: unknown): void => {
      Object.defineProperty(owner, name, { ...before, value, configurable: true, writable: true });
    },
  });
}
