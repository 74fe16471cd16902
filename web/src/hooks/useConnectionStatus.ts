"use client";

import { useEffect, useState } from "react";
import type { ConnectionState } from "../client/connection.js";
import { useChatWords, useRefusal } from "./useWords.js";

const PATIENCE_MS = 1_500; // most breaks are over by then, and were not worth a word

/** What a chat and its connection are doing. */
export interface UseConnectionStatusOptions {
  connection: ConnectionState;
  /** Whether the chat is entered. */
  isJoined: boolean;
  /** Whether an answer is being given. */
  isAnswering: boolean;
}

/** How a connection is to be shown. */
export interface UseConnectionStatus {
  status: ConnectionState["status"];
  /** The same in words. */
  text: string;
  /** Whether trying now makes sense. */
  canRetry: boolean;
  /** Whether all is well and an answer is being given. */
  isBusy: boolean;
}

/** How the connection is. A short break is not mentioned, and a long one once. */
export function useConnectionStatus({
  connection,
  isJoined,
  isAnswering,
}: UseConnectionStatusOptions): UseConnectionStatus {
  const words = useChatWords();
  const inWords = useRefusal();
  const status = useCalm(connection.status === "connected" && !isJoined ? "connecting" : connection.status);
  return {
    status,
    text:
      status !== "refused"
        ? words[status]
        : connection.status === "refused"
          ? inWords(connection.error)
          : words.idle,
    canRetry: status === "refused" || status === "offline" || status === "reconnecting",
    isBusy: status === "connected" && isAnswering,
  };
}

type Status = ConnectionState["status"];

/** The status, where a loss counts only after a while: until then it is what it was. */
function useCalm(status: Status): Status {
  const [shown, setShown] = useState(status);
  const isPassing = status === "connecting" || status === "reconnecting";
  useEffect(() => {
    const timer = setTimeout(() => setShown(status), isPassing ? PATIENCE_MS : 0);
    return () => clearTimeout(timer);
  }, [status, isPassing]);
  return isPassing ? shown : status;
}
