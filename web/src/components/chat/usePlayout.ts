import { useEffect, useRef, useState } from "react";
import { beginning, Playout } from "./playout.js";

const CALM = "(prefers-reduced-motion: reduce)";

/**
 * What of a growing text is to be seen now, at an even pace, frame by frame. What is there when it is first shown is shown
 * whole, and so is a text that is another than before. With reduced motion everything is.
 */
export function usePlayout(text: string, isGrowing: boolean): string {
  const [length, setLength] = useState(text.length);
  const playing = useRef({ text, playout: new Playout(text.length) });

  useEffect(() => {
    const isContinued = text.startsWith(playing.current.text) && !matchMedia(CALM).matches;
    const playout = isContinued ? playing.current.playout : new Playout(text.length);
    playing.current = { text, playout };
    playout.grow(text.length, performance.now());
    if (!isGrowing) playout.finish();

    let frame = requestAnimationFrame(function play(now) {
      const due = playout.advance(now);
      setLength(due);
      if (due < text.length) frame = requestAnimationFrame(play);
    });
    return () => cancelAnimationFrame(frame);
  }, [text, isGrowing]);

  return length >= text.length ? text : beginning(text, length);
}
