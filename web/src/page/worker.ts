import { useEffect } from "react";
import { useConnection, useConnectionState } from "../hooks/useSocket.js";
import type { Connection } from "../client/connection.js";
import type { Person } from "./people.js";
import { goToAddress, isOfLastUser, standingTo } from "./place.js";

type Said = { type: "ask" | "open"; url: string } | { type: "subscribed" };

/** Installs the service worker, does what it asks for, and tells it when the page is looked at. */
export function followWorker(): void {
  const workers = container();
  if (!workers) return;
  workers.register("/sw.js").catch(() => undefined); // without one there is a chat, only no notifications
  workers.addEventListener("message", ({ data, ports }: MessageEvent<Said>) => obey(data, ports[0]));
  const read = (): void => {
    if (document.visibilityState === "visible") workers.controller?.postMessage({ type: "read" }); // what was notified of
  };
  document.addEventListener("visibilitychange", read);
  workers.ready.then(read, () => undefined);
}

function obey(said: Said, port: MessagePort | undefined): void {
  if (said.type === "ask") port?.postMessage({ is: standingTo(said.url) });
  if (said.type === "open") goToAddress(said.url);
  if (said.type === "subscribed" && isOfLastUser()) refresh().catch(() => undefined); // or when the page is next opened
}

/** Whether this browser is allowed to show notifications of this page. */
export function mayNotify(): boolean {
  return typeof Notification !== "undefined" && Notification.permission === "granted";
}

/** What notifications take is loaded only where this browser may show any. */
async function refresh(options?: { connection: Connection }): Promise<void> {
  if (!mayNotify()) return;
  const { refreshPushSubscription } = await import("../notifications/client.js");
  await refreshPushSubscription(options);
}

/** Where workers are had: nowhere in an old browser, and not where a page may store nothing. */
function container(): ServiceWorkerContainer | undefined {
  try {
    return navigator.serviceWorker;
  } catch {
    return undefined;
  }
}

/**
 * Sees to it that a browser that is subscribed is so as the user who opened the page last, also after it has changed the
 * subscription itself; a page of another user that only connects again takes nothing over.
 */
export function useFreshSubscription({ apiKey }: Person): void {
  const connection = useConnection({ token: apiKey });
  const { status } = useConnectionState(connection);
  useEffect(() => {
    if (connection && status === "connected" && isOfLastUser())
      refresh({ connection }).catch(() => undefined);
  }, [connection, status]);
}
