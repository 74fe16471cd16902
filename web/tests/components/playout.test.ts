import { expect, test } from "vitest";
import { beginning, Playout } from "../../src/hooks/log/playout.js";

/** What is seen at each frame of 16 ms, where bursts of `size` come every `everyMs`. */
function frames(size: number, everyMs: number, forMs: number): number[] {
  const playout = new Playout(0);
  const seen: number[] = [];
  for (let now = 0; now < forMs; now += 16) {
    if (Math.floor(now / everyMs) > Math.floor((now - 16) / everyMs))
      playout.grow((Math.floor(now / everyMs) + 1) * size, now);
    seen.push(playout.advance(now));
  }
  return seen;
}

/** How much is new at each frame. */
function paces(seen: number[]): number[] {
  return seen.slice(1).map((length, at) => length - (seen[at] ?? 0));
}

test.each([50, 100, 250, 700])("bursts every %i ms are given out at an even pace", (everyMs) => {
  const size = everyMs; // 1 000 characters a second
  const settled = paces(frames(size, everyMs, 8_000)).slice(-200);
  const mean = settled.reduce((sum, pace) => sum + pace, 0) / settled.length;
  expect(mean).toBeGreaterThan(14);
  expect(Math.max(...settled)).toBeLessThan(2 * mean);
  expect(Math.min(...settled)).toBeGreaterThan(0.3 * mean);
});

test("it never falls far behind", () => {
  const seen = frames(100, 100, 5_000);
  expect(5_000 - (seen.at(-1) ?? 0)).toBeLessThan(400);
});

test("what is there at the beginning is shown at once, and more is not", () => {
  const playout = new Playout(1_000);
  playout.grow(1_000, 0);
  expect(playout.advance(16)).toBe(1_000);
  playout.grow(1_100, 32);
  expect(playout.advance(48)).toBeLessThan(1_050);
});

test("once the end is known the rest comes soon, also after a long sleep", () => {
  const playout = new Playout(0);
  playout.grow(5_000, 0);
  playout.finish();
  expect(playout.advance(150)).toBeLessThan(5_000);
  expect(playout.advance(301)).toBe(5_000);
  playout.grow(6_000, 60_000);
  expect(playout.advance(120_000)).toBe(6_000);
});

test("a clock that goes back a little does no harm", () => {
  const playout = new Playout(0);
  playout.grow(100, 50);
  expect(playout.advance(40)).toBe(0);
});

test("no character is cut in two", () => {
  expect(beginning("a😀b", 2)).toBe("a");
  expect(beginning("a😀b", 3)).toBe("a😀");
  expect(beginning("ab", 1)).toBe("a");
  expect(beginning("a😀", 3)).toBe("a😀");
});
