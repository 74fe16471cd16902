import { useEffect, useState, type ReactNode } from "react";
import type { ConnectionState } from "../../client/connection.js";
import { inWords } from "./words.js";

const PATIENCE_MS = 1_500; // most breaks are over by then, and were not worth a word

export interface ConnectionStatusProps {
  connection: ConnectionState;
  /** Whether the chat is entered. */
  isJoined: boolean;
  /** Whether an answer is being given. */
  isAnswering: boolean;
  onReconnect: () => void;
}

/** How the connection is, in a quiet place. A short break is not mentioned, and a long one once. */
export function ConnectionStatus({
  connection,
  isJoined,
  isAnswering,
  onReconnect,
}: ConnectionStatusProps): ReactNode {
  const status = useCalm(connection.status === "connected" && !isJoined ? "connecting" : connection.status);
  const text = {
    idle: "Not connected",
    connecting: "Connecting…",
    connected: "Connected",
    reconnecting: "Reconnecting…",
    offline: "Offline. What you write is sent later.",
    refused: connection.status === "refused" ? inWords(connection.error) : "Not connected",
  }[status];
  const canRetry = status === "refused" || status === "offline" || status === "reconnecting";
  const isBusy = status === "connected" && isAnswering;
  return (
    <p className="ssio-connection" data-status={status} data-busy={isBusy || undefined}>
      <span className="ssio-dot" />
      <span role="status" dir="auto" className={isBusy ? "ssio-hidden" : undefined}>
        {text}
      </span>
      {isBusy && <span aria-hidden="true">Writing…</span>}
      {canRetry && (
        <button type="button" className="ssio-link" onClick={onReconnect}>
          Try now
        </button>
      )}
    </p>
  );
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
