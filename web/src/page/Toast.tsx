import { useEffect, useState, type ReactNode } from "react";
import type { Notification } from "../events.gen.js";
import { useSocket } from "../hooks/useSocket.js";
import { CloseIcon } from "../components/parts/icons.js";
import { goToAddress } from "./place.js";
import { useFrameWords } from "./words/useFrameWords.js";

const SHOWN_MS = 8_000;

/** What happens elsewhere while one is here: said in a corner, for a while. */
export function Toast({ apiKey }: { apiKey: string | undefined }): ReactNode {
  const words = useFrameWords();
  const { on } = useSocket({ token: apiKey });
  const [shown, setShown] = useState<Notification | null>(null);

  useEffect(() => on("notification", setShown), [on]);
  useEffect(() => {
    if (!shown) return undefined;
    const timer = setTimeout(() => setShown(null), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);

  function open(): void {
    if (shown?.url) goToAddress(shown.url);
    setShown(null);
  }

  return (
    <div className="ssio-toast-place" role="status">
      {shown && (
        <div className="ssio-toast">
          <button type="button" className="ssio-toast-text" onClick={open}>
            <strong>
              <bdi>{shown.title}</bdi>
            </strong>
            <span>
              <bdi>{shown.body}</bdi>
            </span>
          </button>
          <button
            type="button"
            className="ssio-button ssio-button-quiet ssio-icon-button"
            aria-label={words.dismiss}
            onClick={() => setShown(null)}
          >
            <CloseIcon />
          </button>
        </div>
      )}
    </div>
  );
}
