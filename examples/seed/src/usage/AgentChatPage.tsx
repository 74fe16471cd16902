"use client";

import { useState, useEffect } from "react";
import { RealTimeChatInterface } from "@/components/chat/RealTimeChatInterface";
import { NotificationSettings } from "@/components/notifications/NotificationSettings";

export default function AgentChatPage({ params }) {
  const [agent, setAgent] = useState(null);
  const [user, setUser] = useState(null);

  useEffect(() => {
    // Fetch agent and user data
    fetchAgentAndUser();
  }, []);

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
        />
      )}
    </div>
  );
}
