// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { useTyping } from "../../src/hooks/useTyping.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

function typist(timeout?: number) {
  const said: string[] = [];
  const hook = renderHook(
    () =>
      useTyping({ onTypingStart: () => said.push("start"), onTypingStop: () => said.push("stop"), timeout }),
    { wrapper: StrictMode },
  );
  return { said, ...hook };
}

function pass(ms: number): void {
  act(() => {
    vi.advanceTimersByTime(ms);
  });
}

test("it starts with the first key and stops by itself three seconds after the last", () => {
  const { said, result } = typist();
  act(() => result.current.startTyping());
  expect(result.current.isTyping).toBe(true);
  pass(2_000);
  act(() => result.current.startTyping());
  pass(2_999);
  expect(said).toEqual(["start"]);
  pass(1);
  expect(said).toEqual(["start", "stop"]);
  expect(result.current.isTyping).toBe(false);
});

test("it stops when it is told to, once", () => {
  const { said, result } = typist();
  act(() => result.current.startTyping());
  act(() => result.current.stopTyping());
  act(() => result.current.stopTyping());
  pass(5_000);
  expect(said).toEqual(["start", "stop"]);
});

test("the time-out is the caller's", () => {
  const { said, result } = typist(100);
  act(() => result.current.startTyping());
  pass(100);
  expect(said).toEqual(["start", "stop"]);
});

test("who leaves while typing has stopped", () => {
  const { said, result, unmount } = typist();
  act(() => result.current.startTyping());
  unmount();
  expect(said).toEqual(["start", "stop"]);
  expect(vi.getTimerCount()).toBe(0);
});

test("the newest callbacks are called, and the functions stay the same", () => {
  const said: string[] = [];
  const { result, rerender } = renderHook(({ name }) => useTyping({ onTypingStop: () => said.push(name) }), {
    initialProps: { name: "first" },
  });
  const { startTyping } = result.current;
  act(() => startTyping());
  rerender({ name: "second" });
  expect(result.current.startTyping).toBe(startTyping);
  pass(3_000);
  expect(said).toEqual(["second"]);
});
