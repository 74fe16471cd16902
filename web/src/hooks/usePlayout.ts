"use client";

import { useEffect, useRef, useState } from "react";
import { beginning, Playout } from "./log/playout.js";

const CALM = "(prefers-reduced-motion: reduce)";
const FRAME_MS = 1_000 / 60;
const SHARE = 4; // of the time, what is slow to draw takes one part in so many: the rest is the reader's

/**
 * What of a growing text is to be seen now, at an even pace, frame by frame. What is there when it is first shown is shown
 * whole, and so is a text that is another than before. With reduced motion everything is. A text that takes longer than a
 * frame to draw is drawn less often.
 */
export function usePlayout(text: string, isGrowing: boolean): string {
  const [length, setLength] = useState(text.length);
  const playing = useRef({ text, playout: new Playout(text.length) });
  const pace = useRef({ askedAt: Infinity, nextAt: 0 }); // a drawing that was not asked for here took no time

  useEffect(() => {
    const { askedAt } = pace.current;
    const tookMs = performance.now() - askedAt;
    pace.current.nextAt = tookMs > FRAME_MS ? askedAt + SHARE * tookMs : 0;
  }, [length]);

  useEffect(() => {
    const isContinued = text.startsWith(playing.current.text) && !matchMedia(CALM).matches;
    const playout = isContinued ? playing.current.playout : new Playout(text.length);
    playing.current = { text, playout };
    playout.grow(text.length, performance.now());
    if (!isGrowing) playout.finish();

    let frame = requestAnimationFrame(function play(now) {
      const due = playout.advance(now);
      const isTime = performance.now() >= pace.current.nextAt;
      if (isTime) {
        pace.current.askedAt = performance.now();
        setLength(due);
      }
      if (due < text.length || !isTime) frame = requestAnimationFrame(play);
    });
    return () => cancelAnimationFrame(frame);
  }, [text, isGrowing]);

  return length >= text.length ? text : beginning(text, length);
}
