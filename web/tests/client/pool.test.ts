import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { clearPools, Pool } from "../../src/client/pool.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("an item is made by the first holder and ends shortly after the last", () => {
  const end = vi.fn();
  const pool = new Pool<string>(end);
  const make = vi.fn(() => "made");
  const [one, two] = [pool.take("key", make), pool.take("key", make)];
  expect([one.item, two.item, pool.peek("key")]).toEqual(["made", "made", "made"]);
  expect(make).toHaveBeenCalledOnce();
  one.release();
  one.release();
  vi.advanceTimersByTime(5_000);
  expect(end).not.toHaveBeenCalled();
  two.release();
  vi.advanceTimersByTime(5_000);
  expect(end).toHaveBeenCalledExactlyOnceWith("made");
  expect(pool.items()).toEqual([]);
});

test("who comes back in time finds it as it was", () => {
  const end = vi.fn();
  const pool = new Pool<object>(end);
  const first = pool.take("key", () => ({}));
  first.release();
  vi.advanceTimersByTime(500);
  const second = pool.take("key", () => ({}));
  vi.advanceTimersByTime(5_000);
  expect(second.item).toBe(first.item);
  expect(end).not.toHaveBeenCalled();
});

test("a pool that was cleared begins anew, also for who still held something", () => {
  const end = vi.fn();
  const pool = new Pool<string>(end);
  const first = pool.take("key", () => "first");
  clearPools();
  expect(end).toHaveBeenCalledExactlyOnceWith("first");
  expect(pool.take("key", () => "second").item).toBe("second");
  first.release();
  vi.advanceTimersByTime(5_000);
  expect(end).toHaveBeenCalledOnce();
  expect(pool.items()).toEqual(["second"]);
});
