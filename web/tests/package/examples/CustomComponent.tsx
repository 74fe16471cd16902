"use client";

import { useEffect, type ReactNode } from "react";
import type { Message } from "@serverless-socketio/react";
import { usePresence } from "@serverless-socketio/react/hooks/usePresence";
import { useChatSocket, useSocket } from "@serverless-socketio/react/hooks/useSocket";
import { useTyping } from "@serverless-socketio/react/hooks/useTyping";
import {
  isPushSubscribed,
  subscribeToPushNotifications,
  unsubscribeFromPushNotifications,
} from "@serverless-socketio/react/lib/notifications/client";

export function CustomComponent(): ReactNode {
  const { socket, isConnected, emit, on, off } = useSocket({
    token: "your-api-key",
    autoConnect: true,
    reconnection: true,
    reconnectionAttempts: 5,
  });
  const { sendMessage, sendTyping } = useChatSocket("agent-123", "user-123", "your-api-key");
  const { isTyping, startTyping, stopTyping } = useTyping({
    onTypingStart: () => sendTyping(true),
    onTypingStop: () => sendTyping(false),
    timeout: 3000,
  });
  const { presence, isUserOnline, getUserStatus, getLastSeen } = usePresence({
    userId: "user-123",
    token: "your-api-key",
  });

  useEffect(() => {
    if (!socket) return;
    const handleMessage = (data: Message): void => {
      console.log("Message received:", data.message);
    };
    on("chat:message", handleMessage);
    return () => {
      off("chat:message", handleMessage);
    };
  }, [socket, on, off]);

  const status: "online" | "offline" | "away" = getUserStatus("user-456");
  const lastSeen: number | null = getLastSeen("user-456");
  return (
    <div onKeyDown={startTyping} onBlur={stopTyping}>
      <p>Status: {isConnected ? "Connected" : "Disconnected"}</p>
      <p>
        {Object.keys(presence).length} known; {isUserOnline("user-456") ? "online" : status}, {lastSeen},{" "}
        {String(isTyping)}
      </p>
      <button
        onClick={() => emit("chat:message", { agentId: "agent-123", message: "Hello!", userId: "user-123" })}
      >
        Send Message
      </button>
      <button onClick={() => sendMessage("Hello!")}>Send</button>
    </div>
  );
}

export function NotificationButton(): ReactNode {
  async function toggle(): Promise<void> {
    if (await isPushSubscribed()) await unsubscribeFromPushNotifications();
    else await subscribeToPushNotifications();
  }
  return <button onClick={() => void toggle()}>Notifications</button>;
}
