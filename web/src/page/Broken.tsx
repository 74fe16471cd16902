import type { ReactNode } from "react";
import { Notice } from "./Notice.js";
import { useFrameWords } from "./words/useFrameWords.js";

/** What stands where the page cannot be drawn, with the ways out of it. */
export function Broken({ onRetry }: { onRetry: () => void }): ReactNode {
  const words = useFrameWords();
  return (
    <Notice title={words.broken}>
      <p role="alert">{words.brokenMeans}</p>
      <p>
        <button type="button" className="ssio-button ssio-button-main" onClick={onRetry}>
          {words.tryAgain}
        </button>{" "}
        <button type="button" className="ssio-button" onClick={() => location.reload()}>
          {words.reload}
        </button>{" "}
        <a className="ssio-link" href="/">
          {words.atStart}
        </a>
      </p>
    </Notice>
  );
}
