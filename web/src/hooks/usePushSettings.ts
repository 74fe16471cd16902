"use client";

import { useCallback, useEffect, useState } from "react";
import type { Connection } from "../client/connection.js";
import { ChatError, NO_CONNECTION, problemOf } from "../client/errors.js";
import type { PushPreferences } from "../events.gen.js";
import { useLatestConnection } from "./useLatestConnection.js";

/** The user's settings of notifications, and what changes them. */
export interface UsePushSettings {
  /** Null until the server has said them. */
  settings: PushPreferences | null;
  problem: ChatError | null;
  /** Changes what is given. */
  change: (changes: Partial<PushPreferences>) => Promise<void>;
  /** Says whether one agent's answers are notified of. */
  mute: (agentId: string, isMuted: boolean) => Promise<void>;
  /** Asks for a notification to all of the user's browsers; resolves to whether it is on its way. */
  test: () => Promise<boolean>;
}

/** The user's settings of notifications, on the connection that the page has. */
export function usePushSettings(): UsePushSettings {
  const connection = useLatestConnection();
  const [settings, setSettings] = useState<PushPreferences | null>(null);
  const [problem, setProblem] = useState<ChatError | null>(null);

  const attempt = useCallback(
    async (act: (connection: Connection) => Promise<unknown>) => {
      try {
        setProblem(null);
        if (!connection) throw new ChatError(NO_CONNECTION);
        await act(connection);
        return true;
      } catch (error) {
        setProblem(problemOf(error));
        return false;
      }
    },
    [connection],
  );

  async function change(changes: Partial<PushPreferences>): Promise<void> {
    setSettings(settings && { ...settings, ...changes }); // as it will be, if nothing is wrong with it
    const isDone = await attempt(async (to) => setSettings(await to.ask("push:settings", changes)));
    if (!isDone) setSettings(settings);
  }

  async function mute(agentId: string, isMuted: boolean): Promise<void> {
    const others = settings?.mutedAgents.filter((id) => id !== agentId) ?? [];
    await change({ mutedAgents: isMuted ? [...others, agentId] : others });
  }

  useEffect(() => {
    connection?.ask("push:settings", {}).then(setSettings, (error: unknown) => setProblem(problemOf(error)));
  }, [connection]);

  return { settings, problem, change, mute, test: () => attempt((to) => to.ask("push:test", {})) };
}
