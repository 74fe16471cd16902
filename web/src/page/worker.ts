import { latestConnection } from "../client/connections.js";
import type { PushSubscribe } from "../events.gen.js";
import { goToAddress } from "./place.js";

type Said = { type: "open"; url: string } | { type: "subscribed"; subscription: PushSubscribe["subscription"] };

/** Installs the service worker, does what it asks for, and tells it when somebody looks at the page. */
export function followWorker(): void {
  const { serviceWorker } = navigator;
  if (!serviceWorker) return;
  void serviceWorker.register("/sw.js").catch(() => undefined); // without one there is a chat, only no notifications
  serviceWorker.addEventListener("message", ({ data }: MessageEvent<Said>) => obey(data));
  document.addEventListener("visibilitychange", read);
  void serviceWorker.ready.then(read);
}

function obey(said: Said): void {
  if (said.type === "open") goToAddress(said.url);
  if (said.type === "subscribed") latestConnection()?.emit("push:subscribe", { subscription: said.subscription });
}

/** What was notified of has been seen. */
function read(): void {
  if (document.visibilityState === "visible") navigator.serviceWorker.controller?.postMessage({ type: "read" });
}
