import { useWordsOf } from "../../hooks/useWords.js";
import { frame } from "./english/frame.js";
import type { FrameWords } from "./words.js";

/** What the page says around a chat. */
export function useFrameWords(): FrameWords {
  return useWordsOf("frame", frame);
}
