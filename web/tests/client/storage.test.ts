import { IDBFactory as Factory } from "fake-indexeddb";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { IndexedDbStore } from "../../src/client/outbox/indexeddb.js";
import { Outbox } from "../../src/client/outbox/outbox.js";
import { oneAtATime, type Turn } from "../../src/client/outbox/turn.js";
import type { Unsent } from "../../src/client/outbox/unsent.js";
import { Store, until } from "../../src/client/store.js";
import { DATABASE, faults, fresh, result, UNSENT } from "./faults.js";

// Storage that fails as browsers' do. A message may go unsaved, and that is known; never unsent, never gone, never sent
// twice.

const CHAT = "chat:echo:alice";
const alone: Turn = (_, __, work) => work();
const patient = { timeout: 6_000 };

beforeEach(fresh);
afterEach(() => vi.unstubAllGlobals());

interface Desk {
  outbox: Outbox;
  sent: string[];
  online: Store<boolean>;
  texts: () => string[];
}

function desk(turn: Turn = alone, isOnline = true): Desk {
  const sent: string[] = [];
  const online = new Store(isOnline);
  const outbox = new Outbox({
    chat: CHAT,
    store: new IndexedDbStore(),
    turn,
    ready: (signal) => until(online, Boolean, signal),
    send: async ({ text }) => {
      if (!online.get()) throw new Error("sent while offline");
      sent.push(text);
    },
  });
  void outbox.start();
  onTestFinished(() => outbox.end());
  return { outbox, sent, online, texts: () => outbox.unsent.get().map(({ text }) => text) };
}

async function stored(): Promise<string[]> {
  const database = await result(indexedDB.open(DATABASE));
  try {
    const request = database.transaction(UNSENT).objectStore(UNSENT).getAll() as IDBRequest<Unsent[]>;
    return (await result(request)).map(({ text }) => text).toSorted();
  } finally {
    database.close();
  }
}

async function store(...values: object[]): Promise<void> {
  await new IndexedDbStore().all(CHAT); // makes the database
  const database = await result(indexedDB.open(DATABASE));
  for (const value of values)
    await result(database.transaction(UNSENT, "readwrite").objectStore(UNSENT).put(value));
  database.close();
}

test.each(Object.entries(faults))("with %s every message is sent, in order and once", async (_, fail) => {
  fail();
  const { outbox, sent, texts } = desk();
  ["one", "two", "three"].forEach((text) => outbox.add(text));
  await vi.waitFor(() => expect(sent).toEqual(["one", "two", "three"]), patient);
  await vi.waitFor(() => expect(texts()).toEqual([]));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(sent).toHaveLength(3);
});

test.each(Object.entries(faults))(
  "with %s nothing that waits is gone when another page has news",
  async (_, fail) => {
    fail();
    const { outbox, texts, sent, online } = desk(alone, false);
    outbox.add("one");
    outbox.add("two");
    channel()?.postMessage(CHAT);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(texts()).toEqual(["one", "two"]);
    online.set(true);
    await vi.waitFor(() => expect(sent).toEqual(["one", "two"]), patient);
  },
);

function channel(): BroadcastChannel | undefined {
  try {
    const made = new BroadcastChannel(`${DATABASE}:${UNSENT}`);
    onTestFinished(() => made.close());
    return made;
  } catch {
    return undefined;
  }
}

test.each([
  "storage that never answers",
  "a database that cannot be opened",
  "all cookies blocked",
  "a browser without storage",
  "a put that throws",
  "a put that fails",
  "a disk that is full when it is committed",
  "commits that never come",
  "connections that are lost",
] as const)("with %s it is known that what waits is not saved", async (name) => {
  faults[name]();
  const { outbox, online } = desk(alone, false);
  expect(outbox.unsaved.get()).toBe(false);
  outbox.add("one");
  await vi.waitFor(() => expect(outbox.unsaved.get()).toBe(true), patient);
  online.set(true);
  await vi.waitFor(() => expect(outbox.unsaved.get()).toBe(false), patient);
});

test("what could not be saved is saved when it can be", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
  onTestFinished(() => void vi.useRealTimers());
  faults["a disk that is full when it is committed"]();
  const { outbox } = desk(alone, false);
  outbox.add("one");
  await vi.waitFor(() => expect(outbox.unsaved.get()).toBe(true));
  vi.restoreAllMocks();
  await vi.advanceTimersByTimeAsync(15_000);
  await vi.waitFor(() => expect(outbox.unsaved.get()).toBe(false));
  expect(await stored()).toEqual(["one"]);
});

test("a message whose deletion fails is not sent again, nor shown again", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
  onTestFinished(() => void vi.useRealTimers());
  const { outbox, sent, texts } = desk();
  faults["deletions that fail"]();
  outbox.add("one");
  await vi.waitFor(() => expect(sent).toEqual(["one"]));
  outbox.add("two");
  await vi.waitFor(() => expect(sent).toEqual(["one", "two"]));
  expect(texts()).toEqual([]);
  vi.restoreAllMocks();
  await vi.advanceTimersByTimeAsync(15_000);
  await vi.waitFor(async () => expect(await stored()).toEqual([]));
  expect(sent).toEqual(["one", "two"]);
});

test("what was left before is sent when storage that was silent at first answers", async () => {
  await store({ id: "a", chat: CHAT, order: 1, text: "from before", at: 1 });
  const real = indexedDB;
  const open = vi.fn((...args: Parameters<IDBFactory["open"]>) => {
    const request = {} as Record<string, unknown>;
    setTimeout(() => {
      const late = real.open(...args);
      late.onsuccess = (event) => {
        request["result"] = late.result;
        (request["onsuccess"] as (event: Event) => void)(event);
      };
    }, 3_000);
    return request as unknown as IDBOpenDBRequest;
  });
  vi.stubGlobal("indexedDB", { open });
  const { outbox, sent } = desk();
  outbox.add("new");
  await vi.waitFor(() => expect(sent).toEqual(["new"]), { timeout: 2_900 });
  await vi.waitFor(() => expect(sent).toEqual(["new", "from before"]), patient);
  vi.stubGlobal("indexedDB", real);
  await vi.waitFor(async () => expect(await stored()).toEqual([]));
});

test("a database that is deleted under a page costs no message", async () => {
  const { outbox, texts, sent, online } = desk(alone, false);
  outbox.add("one");
  await vi.waitFor(async () => expect(await stored()).toHaveLength(1));
  await result(indexedDB.deleteDatabase(DATABASE));
  outbox.add("two");
  await vi.waitFor(async () => expect(await stored()).toEqual(["one", "two"]), patient);
  expect(texts()).toEqual(["one", "two"]);
  online.set(true);
  await vi.waitFor(() => expect(sent).toEqual(["one", "two"]));
});

test("a page of before does not keep a newer one waiting, and goes on in the newer database", async () => {
  const { outbox, sent, online } = desk(alone, false);
  outbox.add("one");
  await vi.waitFor(async () => expect(await stored()).toHaveLength(1));
  const newer = indexedDB.open(DATABASE, 2);
  newer.onupgradeneeded = () => newer.result.createObjectStore("more");
  (await result(newer)).close();
  outbox.add("two");
  await vi.waitFor(async () => expect(await stored()).toEqual(["one", "two"]));
  expect(outbox.unsaved.get()).toBe(false);
  online.set(true);
  await vi.waitFor(() => expect(sent).toEqual(["one", "two"]));
});

test("damaged data is left out, and what can be read of it is sent", async () => {
  const whole = { chat: CHAT, order: 3, at: 1 };
  await store(
    { ...whole, id: "a", text: "whole" },
    { id: "b", chat: CHAT, order: "x", text: "no order", at: "y" },
    { ...whole, id: "c", text: 5 },
    { id: "d", chat: CHAT },
    { ...whole, id: "e", order: 4, text: "half an error", error: "?", triedAt: "long ago" },
    { ...whole, id: "f", order: 5, text: "no error", error: null },
  );
  const { sent } = desk();
  await vi.waitFor(() => expect(sent).toEqual(["no order", "whole", "half an error", "no error"]));
});

test.each([
  ["reject", () => Promise.reject(new DOMException("Access is denied.", "SecurityError"))],
  [
    "throw",
    () => {
      throw new DOMException("The document is not fully active.", "InvalidStateError");
    },
  ],
  [
    "are lost at once",
    (_: string, __: LockOptions, work: () => Promise<void>) => {
      void work();
      return Promise.reject(new DOMException("The lock was stolen.", "AbortError"));
    },
  ],
])("with locks that %s every message is sent once", async (_, request) => {
  vi.stubGlobal("navigator", { locks: { request } });
  const { outbox, sent, texts } = desk(oneAtATime);
  outbox.add("one");
  outbox.add("two");
  await vi.waitFor(() => expect(sent).toEqual(["one", "two"]));
  await vi.waitFor(() => expect(texts()).toEqual([]));
});

test("a lock that never comes is done without", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const request = (_: string, { signal }: LockOptions): Promise<void> =>
    new Promise((__, reject) => signal?.addEventListener("abort", () => reject(signal.reason as Error)));
  vi.stubGlobal("navigator", { locks: { request } });
  const work = vi.fn(async () => {});
  const done = oneAtATime("chat", new AbortController().signal, work);
  await vi.advanceTimersByTimeAsync(60_000);
  await done;
  expect(work).toHaveBeenCalledOnce();
  const ending = new AbortController();
  const ended = oneAtATime("chat", ending.signal, work);
  ending.abort();
  await expect(ended).rejects.toThrow();
  expect(work).toHaveBeenCalledOnce();
});

test("the database is one for all pages of the origin", async () => {
  expect(indexedDB).toBeInstanceOf(Factory);
  const [one, two] = [desk(alone, false), desk(alone, false)];
  one.outbox.add("one");
  await vi.waitFor(() => expect(two.texts()).toEqual(["one"]));
});
