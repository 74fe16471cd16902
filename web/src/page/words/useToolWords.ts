import { useWordsOf } from "../../hooks/useWords.js";
import { tools } from "./english/tools.js";
import type { ToolWords } from "./words.js";

/** What the parts of the page say that are loaded on use: loaded with them. */
export function useToolWords(): ToolWords {
  return useWordsOf("tools", tools);
}
