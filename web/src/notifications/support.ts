/**
 * Whether this browser can show what is pushed. `home-screen`: it can once the page has been added to the home screen, as on
 * iPhone and iPad. `denied`: the user has blocked this page's notifications, and only the browser's settings undo that.
 */
export type PushSupport = "supported" | "denied" | "home-screen" | "unsupported";

/** What this browser can do. Asks for nothing. */
export function pushSupport(): PushSupport {
  if (typeof window === "undefined") return "unsupported";
  const isThere = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  if (!isThere) return isIos() && !isInstalled() ? "home-screen" : "unsupported";
  return Notification.permission === "denied" ? "denied" : "supported";
}

/** Whether it is an iPhone or an iPad; the latter says that it is a Mac, but no Mac can be touched. */
export function isIos(): boolean {
  return (
    /iPad|iPhone|iPod/.test(navigator.userAgent) ||
    (navigator.userAgent.includes("Mac") && navigator.maxTouchPoints > 1)
  );
}

/** Whether the page runs as an app, from the home screen. */
export function isInstalled(): boolean {
  return (
    matchMedia("(display-mode: standalone)").matches ||
    (navigator as { standalone?: boolean }).standalone === true
  );
}
