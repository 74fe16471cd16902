import { lazy, Suspense, useEffect, type ReactNode } from "react";
import { Boundary } from "../components/parts/Boundary.js";

const AHEAD_MS = 500; // the page is painted by then

const loads = {
  NotificationSettings: () => import("../components/notifications/NotificationSettings.js"),
  Inspector: () => import("./Inspector.js"),
};

/** Parts of the page that no visit needs at once. */
export const NotificationSettings = lazy(async () => ({
  default: (await loads.NotificationSettings()).NotificationSettings,
}));
export const Inspector = lazy(async () => ({ default: (await loads.Inspector()).Inspector }));

/** Loads them once the chat is there, so that they can be opened offline, too. */
export function useLoadedAhead(): void {
  useEffect(() => {
    const timer = setTimeout(() => {
      for (const load of Object.values(loads)) load().catch(() => undefined); // tried again, and said, when one is opened
    }, AHEAD_MS);
    return () => clearTimeout(timer);
  }, []);
}

/** Waits for what it holds to be loaded, and says so if it cannot be: offline, or on a page that was replaced meanwhile. */
export function Loaded({ children }: { children: ReactNode }): ReactNode {
  return (
    <Boundary fallback={() => <NotLoaded />}>
      <Suspense fallback={null}>{children}</Suspense>
    </Boundary>
  );
}

function NotLoaded(): ReactNode {
  return (
    <p role="alert">
      This could not be loaded.{" "}
      <button type="button" className="ssio-link" onClick={() => location.reload()}>
        Load the page again
      </button>
    </p>
  );
}
