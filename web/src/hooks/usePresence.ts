"use client";

import { useCallback, useEffect } from "react";
import { presenceOf, type PresenceMap, type Status } from "../client/presence.js";
import { useStore } from "./shared.js";
import { useConnection } from "./useSocket.js";

const NONE: PresenceMap = {};

/** Who asks. */
export interface UsePresenceOptions {
  /** The user of the token, whose own presence is known from the start. */
  userId: string;
  /** The API key; without one nothing is known. */
  token: string | null | undefined;
}

/** What is known of users' presence, and ways to ask. */
export interface UsePresence {
  /** What is known, by user. */
  presence: PresenceMap;
  /** Asks for a user's presence when it is first called for that user, as the two below do; new functions on news. */
  isUserOnline: (userId: string) => boolean;
  /** `offline` for a user of whom nothing is known yet. */
  getUserStatus: (userId: string) => Status;
  /** Milliseconds since the epoch; null for a user who never was here, or of whom nothing is known yet. */
  getLastSeen: (userId: string) => number | null;
}

/** Users' presence, told by the server from when a user is first asked about. */
export function usePresence({ userId, token }: UsePresenceOptions): UsePresence {
  const connection = useConnection({ token });
  const book = connection && presenceOf(connection);
  const presence = useStore(book?.known, NONE);
  const find = useCallback(
    (wanted: string) => {
      book?.ask(wanted);
      return presence[wanted];
    },
    [book, presence],
  );
  useEffect(() => book?.ask(userId), [book, userId]);
  return {
    presence,
    isUserOnline: useCallback((wanted) => find(wanted)?.status === "online", [find]),
    getUserStatus: useCallback((wanted) => find(wanted)?.status ?? "offline", [find]),
    getLastSeen: useCallback((wanted) => find(wanted)?.lastSeen ?? null, [find]),
  };
}
