import { useCallback, useEffect, useState } from "react";
import { isPushSubscribed, subscribeToPushNotifications, unsubscribeFromPushNotifications } from "../../notifications/client.js";
import { support, type Support } from "./support.js";

export interface UsePush {
  support: Support;
  permission: NotificationPermission;
  /** Null until it is known. */
  isSubscribed: boolean | null;
  isBusy: boolean;
  problem: string | null;
  subscribe: () => Promise<void>;
  unsubscribe: () => Promise<void>;
}

/** Whether this browser is notified, and the ways to change that. The browser asks for its permission in `subscribe`. */
export function usePush(): UsePush {
  const [found] = useState(support);
  const [permission, setPermission] = useState(permitted);
  const [isSubscribed, setSubscribed] = useState<boolean | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const look = useCallback(async () => {
    setPermission(permitted());
    setSubscribed(await isPushSubscribed().catch(() => false));
  }, []);
  useEffect(() => {
    if (found !== "ready") return undefined;
    void look();
    return onPermission(() => void look());
  }, [found, look]);

  const attempt = useCallback(
    async (act: () => Promise<unknown>) => {
      setBusy(true);
      setProblem(null);
      try {
        await act();
      } catch (error) {
        if (permitted() !== "denied") setProblem(error instanceof Error ? error.message : String(error));
      } finally {
        await look();
        setBusy(false);
      }
    },
    [look],
  );

  return {
    support: found,
    permission,
    isSubscribed,
    isBusy,
    problem,
    subscribe: useCallback(() => attempt(subscribeToPushNotifications), [attempt]),
    unsubscribe: useCallback(() => attempt(unsubscribeFromPushNotifications), [attempt]),
  };
}

function permitted(): NotificationPermission {
  return typeof Notification === "undefined" ? "default" : Notification.permission;
}

/** Calls `changed` when the permission is given or taken in the browser's own settings, where the browser tells. */
function onPermission(changed: () => void): () => void {
  const ending = new AbortController();
  navigator.permissions?.query({ name: "notifications" }).then(
    (status) => status.addEventListener("change", changed, { signal: ending.signal }),
    () => undefined,
  );
  return () => ending.abort();
}
