import type { ReactNode } from "react";
import { useFrameWords } from "./words/useFrameWords.js";

export function Brand(): ReactNode {
  const words = useFrameWords();
  return (
    <h1 className="ssio-brand">
      <img src="/favicon.svg" alt="" width="26" height="26" /> {words.brand}
    </h1>
  );
}
