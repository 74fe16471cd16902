import { useEffect, useState, type ReactNode } from "react";
import { CheckIcon, CopyIcon } from "./icons.js";

const THANKS_MS = 2_000;

/** Copies a text, and says for a moment that it has. */
export function CopyButton({ text, label }: { text: string; label: string }): ReactNode {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), THANKS_MS);
    return () => clearTimeout(timer);
  }, [isCopied]);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
    } catch {
      setCopied(false); // not allowed here: the text can still be marked
    }
  }

  return (
    <button
      type="button"
      className="ssio-button ssio-button-quiet ssio-copy"
      aria-label={label}
      onClick={() => void copy()}
    >
      {isCopied ? <CheckIcon /> : <CopyIcon />}
      <span role="status">{isCopied ? "Copied" : ""}</span>
    </button>
  );
}
