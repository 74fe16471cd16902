import { useEffect, useState } from "react";
import type { AgentUpdated } from "../events.gen.js";
import { useSocket } from "../hooks/useSocket.js";
import type { KnownAgent } from "./config.js";

/** An agent, and whether it answers. */
export interface Agent extends KnownAgent {
  status: AgentUpdated["status"];
}

/** The agents, with the names that they have now, and the news of them. */
export function useAgents(known: readonly KnownAgent[], apiKey: string | undefined): Agent[] {
  const { isConnected, emit, on } = useSocket({ token: apiKey });
  const [news, setNews] = useState<ReadonlyMap<string, AgentUpdated>>(new Map());

  useEffect(
    () => on("agent:updated", (update) => setNews((before) => new Map(before).set(update.agentId, update))),
    [on],
  );
  useEffect(() => {
    if (isConnected) known.forEach(({ agentId }) => emit("agent:subscribe", { agentId }, () => undefined));
  }, [isConnected, emit, known]);

  return known.map(({ agentId, name }) => {
    const update = news.get(agentId);
    return { agentId, name: update?.name ?? name, status: update?.status ?? "available" };
  });
}
