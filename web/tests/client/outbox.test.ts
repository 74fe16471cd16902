import { expect, onTestFinished, test, vi } from "vitest";
import { ChatError, unanswered } from "../../src/client/errors.js";
import { IndexedDbStore } from "../../src/client/outbox/indexeddb.js";
import { MemoryStore } from "./memory.js";
import { Outbox } from "../../src/client/outbox/outbox.js";
import type { Turn } from "../../src/client/outbox/turn.js";
import type { Unsent, UnsentStore } from "../../src/client/outbox/unsent.js";
import { Store, until } from "../../src/client/store.js";

const alone: Turn = (_, __, work) => work();

interface Desk {
  outbox: Outbox;
  sent: string[];
  online: Store<boolean>;
}

/** An outbox whose messages go to a list; `outcomes` are thrown, one by one, before one is taken. */
function desk(
  store: UnsentStore,
  outcomes: ChatError[] = [],
  { turn = alone, chat = "chat:echo:alice" } = {},
): Desk {
  const sent: string[] = [];
  const online = new Store(true);
  const outbox = new Outbox({
    chat,
    store,
    turn,
    ready: (signal) => until(online, Boolean, signal),
    send: async ({ text }) => {
      const outcome = outcomes.shift();
      if (outcome) throw outcome;
      sent.push(text);
    },
  });
  void outbox.start();
  onTestFinished(() => outbox.end());
  return { outbox, sent, online };
}

function unsent(order: number, more: Partial<Unsent> = {}): Unsent {
  return { id: `id-${order}`, chat: "chat:echo:alice", order, text: `text ${order}`, at: order, ...more };
}

const stores: [string, () => UnsentStore][] = [
  ["memory", () => new MemoryStore()],
  ["IndexedDB", () => new IndexedDbStore()],
];

test.each(stores)("%s keeps messages of a chat in order, and forgets them", async (name, make) => {
  const store = make();
  const chat = `chat:${name}:alice`;
  await store.put(unsent(2, { chat }));
  await store.put(unsent(1, { chat }));
  await store.put(unsent(3, { chat: "another" }));
  await store.put(unsent(2, { chat, triedAt: 5 }));
  expect((await store.all(chat)).map(({ order, triedAt }) => [order, triedAt])).toEqual([
    [1, undefined],
    [2, 5],
  ]);
  await store.remove("id-1", chat);
  await store.remove("id-2", chat);
  expect(await store.all(chat)).toEqual([]);
});

test("messages go out in their order", async () => {
  const { outbox, sent } = desk(new MemoryStore());
  ["one", "two", "three"].forEach((text) => outbox.add(text));
  await vi.waitFor(() => expect(sent).toEqual(["one", "two", "three"]));
  expect(outbox.unsent.get()).toEqual([]);
});

test("what is added before the network is there survives a reload", async () => {
  const store = new IndexedDbStore();
  const first = desk(store);
  first.online.set(false);
  first.outbox.add("one");
  first.outbox.add("two");
  await vi.waitFor(async () => expect(await store.all("chat:echo:alice")).toHaveLength(2));
  first.outbox.end();
  const second = desk(new IndexedDbStore());
  await vi.waitFor(() => expect(second.sent).toEqual(["one", "two"]));
  await vi.waitFor(async () => expect(await store.all("chat:echo:alice")).toEqual([]));
  expect(first.sent).toEqual([]);
});

test.each([
  ["conflict", new ChatError({ code: "conflict", message: "", retryAfterMs: 5 })],
  ["rate_limited", new ChatError({ code: "rate_limited", message: "", retryAfterMs: 5 })],
  ["unavailable", new ChatError({ code: "unavailable", message: "", retryAfterMs: 5 })],
  ["no ack", unanswered()],
])("after %s the same message goes out again, before the others", async (_, outcome) => {
  const { outbox, sent } = desk(new MemoryStore(), [outcome]);
  outbox.add("one");
  outbox.add("two");
  await vi.waitFor(() => expect(sent).toEqual(["one", "two"]), 2_000);
});

test("any other refusal stays with its message; the others go on, and it goes out when it is wanted again", async () => {
  const { outbox, sent } = desk(new MemoryStore(), [
    new ChatError({ code: "too_large", message: "Too long.", limit: 8_000 }),
  ]);
  const { id } = outbox.add("one");
  outbox.add("two");
  await vi.waitFor(() => expect(sent).toEqual(["two"]));
  expect(outbox.unsent.get()).toMatchObject([{ id, error: { code: "too_large", limit: 8_000 } }]);
  outbox.retry(id);
  await vi.waitFor(() => expect(sent).toEqual(["two", "one"]));
});

test("a message that is given up does not go out", async () => {
  const { outbox, sent, online } = desk(new MemoryStore());
  online.set(false);
  const { id } = outbox.add("one");
  outbox.add("two");
  expect(outbox.remove(id)?.text).toBe("one");
  expect(outbox.remove(id)).toBeUndefined();
  online.set(true);
  await vi.waitFor(() => expect(sent).toEqual(["two"]));
});

test("a message that may have arrived longer ago than the server remembers is left to its writer", async () => {
  const store = new MemoryStore();
  await store.put(unsent(1, { triedAt: Date.now() - 25 * 60 * 60 * 1_000 }));
  const { outbox, sent } = desk(store);
  await vi.waitFor(() => expect(outbox.unsent.get()).toMatchObject([{ error: { code: "unavailable" } }]));
  expect(sent).toEqual([]);
  outbox.retry("id-1");
  await vi.waitFor(() => expect(sent).toEqual(["text 1"]));
});

/** Turns as the browser's locks give them: one page after the other. */
function turns(): Turn {
  let before: Promise<unknown> = Promise.resolve();
  return (_, signal, work) => {
    const mine = before.then(() => (signal.aborted ? undefined : work()));
    before = mine.catch(() => undefined);
    return mine;
  };
}

test("of several pages that see the same messages one sends each", async () => {
  const options = { turn: turns(), chat: "chat:pages:alice" };
  const [one, two] = [desk(new IndexedDbStore(), [], options), desk(new IndexedDbStore(), [], options)];
  two.outbox.add("first");
  one.outbox.add("second");
  await vi.waitFor(() => expect([...one.sent, ...two.sent].toSorted()).toEqual(["first", "second"]));
  await vi.waitFor(() => expect([...one.outbox.unsent.get(), ...two.outbox.unsent.get()]).toEqual([]));
  expect([...one.sent, ...two.sent]).toHaveLength(2);
});

test("a page that cannot send leaves the turn to one that can", async () => {
  const options = { turn: turns(), chat: "chat:refused:alice" };
  const one = desk(new IndexedDbStore(), [], options);
  one.online.set(false);
  one.outbox.add("written in a page that was refused");
  await vi.waitFor(() => expect(one.outbox.unsent.get()).toHaveLength(1));
  const two = desk(new IndexedDbStore(), [], options);
  await vi.waitFor(() => expect(two.sent).toEqual(["written in a page that was refused"]));
  await vi.waitFor(() => expect(one.outbox.unsent.get()).toEqual([]));
});

test("a browser that cannot store sends all the same", async () => {
  const broken = async (): Promise<never> => {
    throw new DOMException("full", "QuotaExceededError");
  };
  const { outbox, sent } = desk({ all: broken, put: broken, remove: broken, subscribe: () => () => {} });
  outbox.add("one");
  await vi.waitFor(() => expect(sent).toEqual(["one"]));
});
