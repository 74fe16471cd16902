import { useEffect, useState, type ReactNode } from "react";
import { CheckIcon, CopyIcon } from "./icons.js";

const THANKS_MS = 2_000;

type Outcome = "copied" | "refused";

const SAID: Record<Outcome, string> = {
  copied: "Copied",
  refused: "Copying is not allowed here", // the text can still be marked
};

/** Copies a text, and says for a moment whether it has. */
export function CopyButton({ text, label }: { text: string; label: string }): ReactNode {
  const [outcome, setOutcome] = useState<Outcome>();
  useEffect(() => {
    if (!outcome) return undefined;
    const timer = setTimeout(() => setOutcome(undefined), THANKS_MS);
    return () => clearTimeout(timer);
  }, [outcome]);

  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome("copied");
    } catch {
      setOutcome("refused");
    }
  }

  return (
    <button
      type="button"
      className="ssio-button ssio-button-quiet ssio-copy"
      aria-label={label}
      onClick={() => void copy()}
    >
      {outcome === "copied" ? <CheckIcon /> : <CopyIcon />}
      <span role="status">{outcome && SAID[outcome]}</span>
    </button>
  );
}
