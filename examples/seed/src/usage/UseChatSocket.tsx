import { useEffect } from "react";
import { useChatSocket } from "@/hooks/useSocket";

export function UseChatSocket({ apiKey, agentId, userId, onChunk }) {
const { sendMessage, sendTyping, on, off } = useChatSocket(
  agentId,
  userId,
  apiKey
);

// Send message
sendMessage("Hello!");

// Send typing indicator
sendTyping(true); // Start typing
sendTyping(false); // Stop typing

useEffect(() => {
  on("chat:message:stream", onChunk);
  return () => off("chat:message:stream", onChunk);
}, [on, off, onChunk]);
return <p>Said hello.</p>;
}
