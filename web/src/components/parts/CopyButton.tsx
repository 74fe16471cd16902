import type { ReactNode } from "react";
import { useCopy } from "../../hooks/useCopy.js";
import { CheckIcon, CopyIcon } from "./icons.js";

/** Copies a text, and says for a moment whether it has. */
export function CopyButton({ text, label }: { text: string; label: string }): ReactNode {
  const { outcome, said, copy } = useCopy(text);
  return (
    <button
      type="button"
      className="ssio-button ssio-button-quiet ssio-copy"
      aria-label={label}
      onClick={() => void copy()}
    >
      {outcome === "copied" ? <CheckIcon /> : <CopyIcon />}
      <span role="status">{said}</span>
    </button>
  );
}
