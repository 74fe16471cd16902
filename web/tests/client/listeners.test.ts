import { expect, test, vi } from "vitest";
import { Listeners } from "../../src/client/listeners.js";

interface Events {
  said: string;
  counted: number;
}

test("a listener that throws is reported, and the others are still called", () => {
  const later: (() => void)[] = [];
  vi.stubGlobal("queueMicrotask", (call: () => void) => later.push(call));
  const listeners = new Listeners<Events>();
  const heard = vi.fn();
  listeners.on("said", () => {
    throw new Error("mine");
  });
  listeners.on("said", heard);
  listeners.dispatch("said", "hi");
  expect(heard).toHaveBeenCalledWith("hi");
  expect(later[0]).toThrow("mine"); // uncaught, for the page's own reporting to see
});

test("a listener may take itself away while it is called, and nothing is left of it", () => {
  const listeners = new Listeners<Events>();
  const heard = vi.fn();
  const end = listeners.on("counted", (count) => {
    heard(count);
    end();
  });
  const any = listeners.onAny(heard);
  listeners.dispatch("counted", 1);
  listeners.dispatch("counted", 2);
  expect(heard.mock.calls).toEqual([["counted", 1], [1], ["counted", 2]]);
  any();
  expect(listeners.size).toBe(0);
});

test("all listeners of an event may be taken away at once", () => {
  const listeners = new Listeners<Events>();
  listeners.on("said", vi.fn());
  listeners.on("said", vi.fn());
  listeners.off("said");
  expect(listeners.size).toBe(0);
});
