import type { ReactNode } from "react";
import { Notice } from "./Notice.js";

/** What stands where the page cannot be drawn, with the ways out of it. */
export function Broken({ onRetry }: { onRetry: () => void }): ReactNode {
  return (
    <Notice title="Something went wrong">
      <p role="alert">This page could not be shown. Nothing that was said is lost.</p>
      <p>
        <button type="button" className="ssio-button ssio-button-main" onClick={onRetry}>
          Try again
        </button>{" "}
        <button type="button" className="ssio-button" onClick={() => location.reload()}>
          Load the page again
        </button>{" "}
        <a className="ssio-link" href="/">
          Begin at the start
        </a>
      </p>
    </Notice>
  );
}
