"use client";

import { useCallback, useEffect, useState } from "react";
import { useChatWords } from "./useWords.js";

const THANKS_MS = 2_000;

/** How copying went. */
export interface UseCopy {
  /** For two seconds after it was tried. */
  outcome: "copied" | "refused" | undefined;
  /** The same in words, for an element with `role="status"`. */
  said: string | undefined;
  /** Copies; whether it worked is `said` for a while. */
  copy: () => Promise<void>;
}

/** Copies a text, and says for a moment whether it has. */
export function useCopy(text: string): UseCopy {
  const words = useChatWords();
  const [outcome, setOutcome] = useState<UseCopy["outcome"]>();
  useEffect(() => {
    if (!outcome) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), THANKS_MS);
    return () => clearTimeout(timer);
  }, [outcome]);

  const copy = useCallback(async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
    } catch {
      setOutcome("refused");
    }
  }, [text]);
  return { outcome, said: outcome && { copied: words.copied, refused: words.copyRefused }[outcome], copy };
}
