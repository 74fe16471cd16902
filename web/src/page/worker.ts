import { useEffect } from "react";
import { useConnection, useConnectionState } from "../hooks/useSocket.js";
import { refreshPushSubscription } from "../notifications/client.js";
import { goToAddress } from "./place.js";

type Said = { type: "open"; url: string } | { type: "subscribed" };

/** Installs the service worker, does what it asks for, and tells it when somebody looks at the page. */
export function followWorker(): void {
  if (!("serviceWorker" in navigator)) return; // as on a page that came over http
  const { serviceWorker } = navigator;
  void serviceWorker.register("/sw.js").catch(() => undefined); // without one there is a chat, only no notifications
  serviceWorker.addEventListener("message", ({ data }: MessageEvent<Said>) => obey(data));
  document.addEventListener("visibilitychange", read);
  void serviceWorker.ready.then(read);
}

function obey(said: Said): void {
  if (said.type === "open") goToAddress(said.url);
  if (said.type === "subscribed") void refreshPushSubscription().catch(() => undefined); // or when the page is next opened
}

/** What was notified of has been seen. */
function read(): void {
  if (document.visibilityState === "visible")
    navigator.serviceWorker.controller?.postMessage({ type: "read" });
}

/** Sees to it that a browser that is subscribed is so as the user of now, also after it has changed the subscription itself. */
export function useFreshSubscription(apiKey: string): void {
  const connection = useConnection({ token: apiKey });
  const { status } = useConnectionState(connection);
  useEffect(() => {
    if (connection && status === "connected")
      void refreshPushSubscription({ connection }).catch(() => undefined);
  }, [connection, status]);
}
