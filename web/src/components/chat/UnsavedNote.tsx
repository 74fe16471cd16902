import { useEffect, useState, type ReactNode } from "react";

const LATE_MS = 1_000; // what has been sent by then need not be saved

/** Says that what waits to be sent would be lost with the page. */
export function UnsavedNote({ isUnsaved }: { isUnsaved: boolean }): ReactNode {
  const isLate = useLate(isUnsaved);
  return (
    <div role="status">
      {isLate && (
        <p className="ssio-problem">
          Your browser cannot save what waits to be sent. Keep this page open until it has been sent.
        </p>
      )}
    </div>
  );
}

/** Whether something has been so for a while. */
function useLate(isSo: boolean): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(isSo), isSo ? LATE_MS : 0);
    return () => clearTimeout(timer);
  }, [isSo]);
  return isSo && isLate;
}
