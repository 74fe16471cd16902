// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { configure } from "../../src/client/config.js";
import { choose, forget, keep, ownPeople, remember, whoIs } from "../../src/page/people.js";
import { FakeChat } from "../server.js";

const ALICE = { userId: "alice", apiKey: "alice-key" };
const BOB = { userId: "bob", apiKey: "bob-key" };

beforeEach(() => localStorage.clear());
afterEach(() => vi.restoreAllMocks());

test("who came with a key is kept until the key is forgotten, once", () => {
  keep(ALICE);
  keep(BOB);
  keep({ ...ALICE, apiKey: "another" });
  expect(ownPeople()).toEqual([
    { ...BOB, isOwn: true },
    { userId: "alice", apiKey: "another", isOwn: true },
  ]);
  forget("alice");
  expect(ownPeople()).toEqual([{ ...BOB, isOwn: true }]);
});

test.each([
  "{",
  "null",
  "7",
  '{"userId":"alice"}',
  '[null,1,"x",{"userId":"alice"},{"userId":1,"apiKey":"k"}]',
])("storage that holds %s holds nobody", (spoilt) => {
  localStorage.setItem("chat.own", spoilt);
  expect(ownPeople()).toEqual([]);
});

test("where the storage throws one comes in all the same, until the page is left", () => {
  vi.stubGlobal("localStorage", undefined);
  expect(ownPeople()).toEqual([]);
  expect(() => keep(ALICE)).not.toThrow();
  expect(() => forget("alice")).not.toThrow();
  expect(() => remember("alice")).not.toThrow();
  expect(choose([ALICE, BOB], null)).toBe(ALICE);
});

test("one is whom the address names, else who it was last, else the first", () => {
  expect(choose([ALICE, BOB], null)).toBe(ALICE);
  remember("bob");
  expect(choose([ALICE, BOB], null)).toBe(BOB);
  expect(choose([ALICE, BOB], "alice")).toBe(ALICE);
  expect(choose([], "alice")).toBeUndefined();
});

test("whose a key is the server says", async () => {
  const server = await FakeChat.start();
  configure({ url: server.url });
  expect(await whoIs("carol-key", "echo")).toBe("carol");
  await server.close();
});
