// @vitest-environment happy-dom
import { expect, test } from "vitest";
import { Drafts } from "../../src/client/chat/drafts.js";

const MIRA = "chat:mira:alice";
const ECHO = "chat:echo:alice";

test("each chat has its own", () => {
  const drafts = new Drafts(() => sessionStorage);
  drafts.set(MIRA, "Dear Mira");
  drafts.set(ECHO, "Hello?");
  expect([drafts.of(MIRA), drafts.of(ECHO), drafts.of("chat:mira:bob")]).toEqual(["Dear Mira", "Hello?", ""]);
});

test("a reload keeps them, and what was sent leaves nothing behind", () => {
  sessionStorage.clear();
  new Drafts(() => sessionStorage).set(MIRA, "Dear Mira");
  const reloaded = new Drafts(() => sessionStorage);
  expect(reloaded.of(MIRA)).toBe("Dear Mira");
  reloaded.set(MIRA, "");
  expect(sessionStorage.length).toBe(0);
  expect(new Drafts(() => sessionStorage).of(MIRA)).toBe("");
});

test.each<[string, () => Storage]>([
  ["blocked altogether", () => throwing("SecurityError")],
  [
    "full",
    () => ({ getItem: () => null, setItem: () => throwing("QuotaExceededError") }) as unknown as Storage,
  ],
  ["not there", () => undefined as unknown as Storage],
])("where the storage is %s they last as long as the page", (_, storage) => {
  const drafts = new Drafts(storage);
  expect(drafts.of(MIRA)).toBe("");
  drafts.set(MIRA, "Dear Mira");
  expect(drafts.of(MIRA)).toBe("Dear Mira");
});

test("a tab tells whether it holds one", () => {
  sessionStorage.clear();
  const drafts = new Drafts(() => sessionStorage);
  expect(drafts.areThere).toBe(false);
  drafts.set(MIRA, "Dear Mira");
  expect(drafts.areThere).toBe(true);
  drafts.set(MIRA, " \n");
  expect(drafts.areThere).toBe(false);
});

function throwing(name: string): never {
  throw new DOMException("No.", name);
}
