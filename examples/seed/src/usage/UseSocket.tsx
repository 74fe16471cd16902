import { useSocket } from "@/hooks/useSocket";

export function UseSocket({ apiKey, agentId, userId, message }) {
const { socket, isConnected, emit, on, off } = useSocket({
  token: apiKey,
  autoConnect: true,
  reconnection: true,
  reconnectionAttempts: 5,
});

// Emit event
emit("chat:message", { agentId, message, userId });

// Listen to event
on("chat:message", (data) => {
  console.log("New message:", data);
});

return <p>{isConnected ? `Connected: ${socket.id}` : "Disconnected"}</p>;
}
