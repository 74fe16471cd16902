"use client";

import { useCallback, useEffect, useState, useSyncExternalStore } from "react";
import type { Connection } from "../client/connection.js";
import { problemOf, type ChatError } from "../client/errors.js";
import {
  isPushSubscribed,
  pushSupport,
  subscribeToPushNotifications,
  unsubscribeFromPushNotifications,
  type PushSupport,
} from "../notifications/client.js";
import { useLatestConnection } from "./useLatestConnection.js";

/** Notifications of this browser, and what went wrong with them. */
export interface UsePush {
  /** What this browser can do. Null until it is known, as while a server renders. */
  support: PushSupport | null;
  /** Null until it is known. */
  isSubscribed: boolean | null;
  isBusy: boolean;
  problem: ChatError | null;
  /** Asks for permission and subscribes; a refusal is the `problem`. */
  subscribe: () => Promise<void>;
  /** Ends the subscription, here and at the server. */
  unsubscribe: () => Promise<void>;
}

/** Whether this browser is notified, and the ways to change that. The browser asks for its permission in `subscribe`. */
export function usePush(): UsePush {
  const support = useSyncExternalStore(onPermission, pushSupport, unknown);
  const [isSubscribed, setSubscribed] = useState<boolean | null>(null);
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ChatError | null>(null);

  const connection = useLatestConnection();

  const look = useCallback(async () => {
    if (connection) setSubscribed(await isSubscribedBy(connection));
  }, [connection]);
  useEffect(() => {
    if (connection) void isSubscribedBy(connection).then(setSubscribed);
  }, [connection, support]);

  const attempt = useCallback(
    async (act: () => Promise<unknown>) => {
      setBusy(true);
      setProblem(null);
      try {
        await act();
      } catch (error) {
        if (pushSupport() !== "denied") setProblem(problemOf(error));
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

function isSubscribedBy(connection: Connection): Promise<boolean> {
  return isPushSubscribed({ connection }).catch(() => false);
}

/** Calls `changed` when the permission is given or taken in the browser's own settings, where the browser tells. */
function onPermission(changed: () => void): () => void {
  if (!("permissions" in navigator)) return () => undefined;
  const ending = new AbortController();
  navigator.permissions.query({ name: "notifications" }).then(
    (status) => status.addEventListener("change", changed, { signal: ending.signal }),
    () => undefined,
  );
  return () => ending.abort();
}

/** While a server renders. */
function unknown(): null {
  return null;
}
