import { useEffect, useRef, useState, type ReactNode } from "react";

const PACE_MS = 300; // of code that grows, so often
const TEXT_MAX = 20_000; // longer code is shown as it is: to colour it would cost frames

interface Coloured {
  /** The code that has its colours; more may have come since. */
  text: string;
  nodes: ReactNode;
}

/** Code in the colours of its language, as soon as they are loaded: undefined until then, and where there are none. */
export function useColours(text: string, language: string | undefined): Coloured | undefined {
  const [coloured, setColoured] = useState<Coloured & { language: string }>();
  const lastAt = useRef(-PACE_MS);
  useEffect(() => {
    if (!language || text.length > TEXT_MAX) return undefined;
    let isOver = false;
    async function colour(known: string): Promise<void> {
      lastAt.current = performance.now();
      try {
        const { colours } = await import("./colours.js");
        const nodes = await colours(text, known);
        if (nodes && !isOver) setColoured({ text, language: known, nodes });
      } catch {
        // The page is offline, or older than what is served: the code can be read without.
      }
    }
    const wait = Math.max(lastAt.current + PACE_MS - performance.now(), 0);
    const timer = setTimeout(() => void colour(language), wait);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [text, language]);
  const isOfThis = coloured?.language === language && text.startsWith(coloured?.text ?? "");
  return isOfThis ? coloured : undefined;
}
