import { useEffect, useState, type ComponentType, type ReactNode } from "react";
import { useFrameWords } from "./words/useFrameWords.js";

interface OnDemandProps<Props> {
  /** Loads it; the same function each time. */
  load: () => Promise<ComponentType<Props>>;
  /** What it is given. */
  with: Props;
}

/**
 * A part of the page that is loaded when it is wanted: the first load is without it. Where it cannot be had, as offline, that
 * is said in its place, and a button tries it again.
 */
export function OnDemand<Props extends object>({ load, with: given }: OnDemandProps<Props>): ReactNode {
  const words = useFrameWords();
  const [found, setFound] = useState<{ Part: ComponentType<Props> } | null>(null);
  const [isFailed, setFailed] = useState(false);
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isWanted = true;
    load().then(
      (Part) => isWanted && setFound({ Part }),
      () => isWanted && setFailed(true),
    );
    return () => {
      isWanted = false;
    };
  }, [load, attempt]);

  if (found) return <found.Part {...given} />;
  if (!isFailed) return <p className="ssio-on-demand" role="status" aria-label={words.loading} />;
  return (
    <p className="ssio-on-demand" role="alert">
      {words.notLoaded}
      <button
        type="button"
        className="ssio-link"
        onClick={() => {
          setFailed(false);
          setAttempt(attempt + 1);
        }}
      >
        {words.tryAgain}
      </button>
    </p>
  );
}
