import type { ReactNode } from "react";
import { useLate } from "../../hooks/useLate.js";
import { useChatWords } from "../../hooks/useWords.js";

const LATE_MS = 1_000; // what has been sent by then need not be saved

/** Says that what waits to be sent would be lost with the page. */
export function UnsavedNote({ isUnsaved }: { isUnsaved: boolean }): ReactNode {
  const words = useChatWords();
  const isLate = useLate(isUnsaved, LATE_MS);
  return <div role="status">{isLate && <p className="ssio-problem">{words.unsaved}</p>}</div>;
}
