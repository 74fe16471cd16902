/**
 * What this browser can do. `install`: only a page on the home screen may notify (iOS and iPadOS). `insecure`: browsers
 * notify for pages that came over https or from this machine.
 */
export type Support = "ready" | "install" | "insecure" | "none";

export function support(): Support {
  if (typeof window === "undefined") return "none";
  if (!window.isSecureContext) return "insecure";
  if ("PushManager" in window && "serviceWorker" in navigator && "Notification" in window) return "ready";
  return isAppleTouch() && !isInstalled() ? "install" : "none";
}

function isAppleTouch(): boolean {
  const { userAgent, maxTouchPoints } = navigator;
  return /iP(?:hone|ad|od)/u.test(userAgent) || (userAgent.includes("Macintosh") && maxTouchPoints > 1); // an iPad says it is a Mac
}

function isInstalled(): boolean {
  return matchMedia("(display-mode: standalone)").matches;
}
