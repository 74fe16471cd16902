import { expect, test } from "vitest";
import { checkFrame, checkMessage, codePoints } from "../../src/client/limits.js";

test.each([
  ["a", 1],
  ["ü", 1],
  ["👋🏽", 2],
  ["\ud83d", 1],
])("%s has %i code points", (text, count) => {
  expect(codePoints(text)).toBe(count);
});

test("a message has up to 8,000 code points, however many units", () => {
  expect(() => checkMessage("👋".repeat(8_000))).not.toThrow();
  expect(() => checkMessage("👋".repeat(8_001))).toThrow(
    expect.objectContaining({ code: "too_large", extra: { limit: 8_000 } }),
  );
});

test("a frame stays under 32 KB with the longest ack id, in bytes of UTF-8", () => {
  const room = 32_768 - 20 - '["e",{"m":""}]'.length;
  expect(() => checkFrame("e", { m: "a".repeat(room - 1) })).not.toThrow();
  expect(() => checkFrame("e", { m: "a".repeat(room) })).toThrow(
    expect.objectContaining({ code: "too_large" }),
  );
  expect(() => checkFrame("e", { m: "ü".repeat(room / 2) })).toThrow(
    expect.objectContaining({ code: "too_large" }),
  );
});
