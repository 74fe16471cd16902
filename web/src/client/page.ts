import type { Connection } from "./connection.js";

const AWAY_MS = 2_000; // a look at another tab is not an absence

/** Tells a connection what its page knows: that the network is gone or back, and whether it is looked at. */
export function watchPage(connection: Connection): () => void {
  if (typeof window === "undefined" || typeof document === "undefined") return () => {};
  const ends = [watchNetwork(connection), watchVisibility(connection)];
  return () => ends.forEach((end) => end());
}

function watchNetwork(connection: Connection): () => void {
  const there = (): void => connection.network(true);
  const gone = (): void => connection.network(false);
  window.addEventListener("online", there);
  window.addEventListener("offline", gone);
  return () => {
    window.removeEventListener("online", there);
    window.removeEventListener("offline", gone);
  };
}

/**
 * The device's presence: visible is online, hidden is away. A new connection counts as online until it says otherwise, and
 * a page that closes says nothing: the server's grace sees to it, and a reload goes unnoticed.
 */
function watchVisibility(connection: Connection): () => void {
  let told: "online" | "away" = "online";
  let leaving: ReturnType<typeof setTimeout> | undefined;

  function tell(status: "online" | "away"): void {
    if (!connection.isConnected || told === status) return;
    told = status;
    connection.ask(`presence:${status}`, {}).catch(() => undefined); // a page that wakes up learns whether it is connected
  }
  function look(): void {
    clearTimeout(leaving);
    if (document.visibilityState === "hidden") {
      leaving = setTimeout(() => tell("away"), AWAY_MS);
      return;
    }
    tell("online");
    if (!connection.isConnected) connection.network(true); // a phone that wakes up does not wait for its turn
  }
  function connected(): void {
    told = "online";
    if (document.visibilityState === "hidden") tell("away");
  }

  document.addEventListener("visibilitychange", look);
  const end = connection.state.subscribe(() => connection.isConnected && connected());
  return () => {
    clearTimeout(leaving);
    document.removeEventListener("visibilitychange", look);
    end();
  };
}
