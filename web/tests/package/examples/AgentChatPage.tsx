"use client";

import { useEffect, useState, type ReactNode } from "react";
import type { StoredMessage } from "@serverless-socketio/react";
import { RealTimeChatInterface } from "@serverless-socketio/react/components/chat/RealTimeChatInterface";
import { NotificationSettings } from "@serverless-socketio/react/components/notifications/NotificationSettings";
import "@serverless-socketio/react/styles.css";

interface Agent {
  id: string;
  name: string;
  messages: StoredMessage[];
}

interface User {
  id: string;
  apiKey: string;
}

/** The page of the documentation's first example: settings above, and the chat when everything is known. */
export default function AgentChatPage({ params }: { params: { agentId: string } }): ReactNode {
  const [agent, setAgent] = useState<Agent | null>(null);
  const [user, setUser] = useState<User | null>(null);

  useEffect(() => {
    async function fetchAgentAndUser(): Promise<void> {
      const answer = await fetch(`/api/agents/${params.agentId}`);
      const found = (await answer.json()) as { agent: Agent; user: User };
      setAgent(found.agent);
      setUser(found.user);
    }
    void fetchAgentAndUser();
  }, [params.agentId]);

  return (
    <div>
      <NotificationSettings />

      {agent && user && (
        <RealTimeChatInterface
          agentId={agent.id}
          agentName={agent.name}
          userId={user.id}
          apiKey={user.apiKey}
          initialMessages={agent.messages}
          initialEmotions={{ joy: 0.4 }}
          initialRelationLevel={12}
          initialRelationState="acquaintance"
        />
      )}
    </div>
  );
}
