"use client";

import { useEffect, useState } from "react";
import type { Connection } from "../client/connection.js";
import { latestConnection } from "../client/connections.js";
import { until } from "../client/store.js";

const LOOK_MS = 250; // the connection is the chat's, which may come after the settings

/** The connection that the page has, once it is connected; undefined until then. */
export function useLatestConnection(): Connection | undefined {
  const [latest, setLatest] = useState(latestConnection);
  const [ready, setReady] = useState<Connection>();
  useEffect(() => {
    const timer = setInterval(() => setLatest(latestConnection()), LOOK_MS);
    return () => clearInterval(timer);
  }, []);
  useEffect(() => {
    if (!latest) return undefined;
    const ending = new AbortController();
    until(latest.state, ({ status }) => status === "connected", ending.signal).then(
      () => setReady(latest),
      () => undefined, // another one has come, or it is not wanted any more
    );
    return () => ending.abort();
  }, [latest]);
  return ready;
}
