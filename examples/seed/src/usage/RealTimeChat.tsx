import { RealTimeChatInterface } from "@/components/chat/RealTimeChatInterface";

export function RealTimeChat({ agent, user, messages, emotions, relationLevel, relationState }) {
return (
<RealTimeChatInterface
  agentId={agent.id}
  agentName={agent.name}
  userId={user.id}
  apiKey={user.apiKey}
  initialMessages={messages}
  initialEmotions={emotions}
  initialRelationLevel={relationLevel}
  initialRelationState={relationState}
/>
);
}
