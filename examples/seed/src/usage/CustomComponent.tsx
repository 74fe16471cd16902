"use client";

import { useEffect } from "react";
import { useSocket } from "@/hooks/useSocket";

export function CustomComponent() {
  const { socket, isConnected, emit, on, off } = useSocket({
    token: "your-api-key",
  });

  useEffect(() => {
    if (!socket) return;

    // Subscribe to events
    const handleMessage = (data) => {
      console.log("Message received:", data);
    };

    on("chat:message", handleMessage);

    return () => {
      off("chat:message", handleMessage);
    };
  }, [socket, on, off]);

  const sendMessage = () => {
    emit("chat:message", {
      agentId: "agent-123",
      message: "Hello!",
      userId: "user-123",
    });
  };

  return (
    <div>
      <p>Status: {isConnected ? "Connected" : "Disconnected"}</p>
      <button onClick={sendMessage}>Send Message</button>
    </div>
  );
}
