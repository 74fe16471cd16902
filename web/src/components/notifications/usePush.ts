import { useCallback, useEffect, useState } from "react";
import {
  isPushSubscribed,
  pushSupport,
  subscribeToPushNotifications,
  unsubscribeFromPushNotifications,
  type PushSupport,
} from "../../notifications/client.js";
import { useLatestConnection } from "./useLatestConnection.js";

export interface UsePush {
  /** What this browser can do. Null until it is known, as while a server renders. */
  support: PushSupport | null;
  /** Null until it is known. */
  isSubscribed: boolean | null;
  isBusy: boolean;
  problem: string | null;
  subscribe: () => Promise<void>;
  unsubscribe: () => Promise<void>;
}

/** Whether this browser is notified, and the ways to change that. The browser asks for its permission in `subscribe`. */
export function usePush(): UsePush {
  const [support, setSupport] = useState<PushSupport | null>(null);
  const [isSubscribed, setSubscribed] = useState<boolean | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);

  const connection = useLatestConnection();

  const look = useCallback(async () => {
    setSupport(pushSupport());
    if (connection) setSubscribed(await isPushSubscribed({ connection }).catch(() => false));
  }, [connection]);
  useEffect(() => {
    void look();
    return onPermission(() => void look());
  }, [look]);

  const attempt = useCallback(
    async (act: () => Promise<unknown>) => {
      setBusy(true);
      setProblem(null);
      try {
        await act();
      } catch (error) {
        if (pushSupport() !== "denied") setProblem(error instanceof Error ? error.message : String(error));
      } finally {
        await look();
        setBusy(false);
      }
    },
    [look],
  );

  return {
    support,
    isSubscribed,
    isBusy,
    problem,
    subscribe: useCallback(() => attempt(() => subscribeToPushNotifications()), [attempt]),
    unsubscribe: useCallback(() => attempt(() => unsubscribeFromPushNotifications()), [attempt]),
  };
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
