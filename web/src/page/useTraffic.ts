import { useEffect, useMemo, useSyncExternalStore } from "react";
import { useConnection } from "../hooks/useSocket.js";
import { NOTHING, Recorder, type Traffic } from "./recorder.js";

/** The traffic of the shared connection, from when it is first asked for. */
export function useTraffic(apiKey: string | undefined): Traffic {
  const connection = useConnection({ token: apiKey });
  const recorder = useMemo(() => connection && new Recorder(connection), [connection]);
  useEffect(() => recorder?.follow(), [recorder]);
  return useSyncExternalStore(recorder?.traffic.subscribe ?? never, recorder?.traffic.get ?? nothing);
}

function never(): () => void {
  return () => undefined;
}

function nothing(): Traffic {
  return NOTHING;
}
