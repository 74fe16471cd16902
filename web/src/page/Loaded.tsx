import { lazy, Suspense, type ReactNode } from "react";
import { Boundary } from "../components/parts/Boundary.js";

/** Parts of the page that are loaded once they are opened: most visits open none. */
export const NotificationSettings = lazy(async () => ({
  default: (await import("../components/notifications/NotificationSettings.js")).NotificationSettings,
}));
export const Inspector = lazy(async () => ({ default: (await import("./Inspector.js")).Inspector }));

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
