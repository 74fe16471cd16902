import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { TypingMemory, TypingSignal } from "../../src/client/chat/typing.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("typing is said once, repeated while it goes on, and ended", () => {
  const say = vi.fn();
  const signal = new TypingSignal(say);
  [1, 2, 3].forEach(() => signal.set(true));
  expect(say.mock.calls).toEqual([[true]]);
  vi.advanceTimersByTime(6_500);
  expect(say.mock.calls).toEqual([[true], [true], [true]]);
  signal.set(false);
  signal.set(false);
  vi.advanceTimersByTime(10_000);
  expect(say.mock.calls.slice(3)).toEqual([[false]]);
});

test("whoever forgets to say that typing has stopped has stopped after half a minute", () => {
  const say = vi.fn();
  new TypingSignal(say).set(true);
  vi.advanceTimersByTime(60_000);
  expect(say.mock.lastCall).toEqual([false]);
  expect(vi.getTimerCount()).toBe(0);
});

test("a message takes the place of the word", () => {
  const say = vi.fn();
  const signal = new TypingSignal(say);
  signal.set(true);
  signal.clear();
  signal.set(false);
  vi.advanceTimersByTime(10_000);
  expect(say.mock.calls).toEqual([[true]]);
});

test("typing that is not repeated is forgotten after five seconds", () => {
  const changed = vi.fn();
  const memory = new TypingMemory(changed);
  memory.set(true);
  vi.advanceTimersByTime(4_000);
  memory.set(true);
  vi.advanceTimersByTime(4_999);
  expect(memory.isTyping).toBe(true);
  vi.advanceTimersByTime(1);
  expect(memory.isTyping).toBe(false);
  expect(changed).toHaveBeenCalledTimes(2);
});

test("typing that was sent earlier does not take back what was sent later", () => {
  const memory = new TypingMemory(() => undefined);
  memory.set(false, 1_001);
  memory.set(true, 1_000);
  expect(memory.isTyping).toBe(false);
  memory.set(true, 1_500);
  memory.set(false, 1_400);
  expect(memory.isTyping).toBe(true);
  memory.set(false); // the message came
  memory.set(true, 1_499);
  expect(memory.isTyping).toBe(false);
  memory.set(true, 1_600);
  expect(memory.isTyping).toBe(true);
});
