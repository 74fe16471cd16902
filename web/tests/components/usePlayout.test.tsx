// @vitest-environment happy-dom
import { act, render } from "@testing-library/react";
import type { ReactNode } from "react";
import { beforeEach, expect, test, vi } from "vitest";
import { usePlayout } from "../../src/hooks/usePlayout.js";

const FRAME_MS = 16;
const SECONDS = 4;

let now = 0;
let frames: ((now: number) => void)[] = [];

beforeEach(() => {
  now = 1_000;
  frames = [];
  vi.spyOn(performance, "now").mockImplementation(() => now);
  vi.stubGlobal("requestAnimationFrame", (frame: (now: number) => void) => frames.push(frame));
  vi.stubGlobal("cancelAnimationFrame", (id: number) => (frames[id - 1] = () => undefined));
});

/** An answer of which more comes in each frame, and which takes `drawMs` to draw; returns for how long it was drawn. */
function streamed(drawMs: number): { drawnMs: number; shown: string; whole: string } {
  let [drawnMs, shown, whole] = [0, "", ""];
  function Answer({ text, isGrowing }: { text: string; isGrowing: boolean }): ReactNode {
    const part = usePlayout(text, isGrowing);
    if (part !== shown) {
      now += drawMs;
      drawnMs += drawMs;
      shown = part;
    }
    return part;
  }
  const { rerender } = render(<Answer text="" isGrowing />);
  const start = now;
  const step = (isGrowing: boolean): void => {
    now += FRAME_MS;
    const due = frames.splice(0);
    act(() => due.forEach((frame) => frame(now)));
    rerender(<Answer text={whole} isGrowing={isGrowing} />);
  };
  while (now - start < SECONDS * 1_000) {
    whole += "some words ";
    step(true);
  }
  const streamedMs = drawnMs;
  for (let more = 0; more < 200; more += 1) step(false);
  return { drawnMs: streamedMs, shown, whole };
}

test.each([
  [2, 1],
  [100, 0.35],
  [400, 0.35],
])(
  "an answer that takes %i ms to draw takes no more than %f of the time, and is shown whole",
  (drawMs, share) => {
    const { drawnMs, shown, whole } = streamed(drawMs);
    expect(drawnMs).toBeGreaterThan(0);
    expect(drawnMs).toBeLessThan(share * SECONDS * 1_000);
    expect(shown).toBe(whole);
  },
);
