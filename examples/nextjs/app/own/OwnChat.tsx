"use client";

import { useChat, usePresence, useTyping, type StoredMessage } from "@serverless-socketio/react";

interface OwnChatProps {
  userId: string;
  apiKey: string;
  messages: StoredMessage[];
}

/** A chat of one's own looks: the hooks do the rest. */
export function OwnChat({ userId, apiKey, messages }: OwnChatProps) {
  const chat = useChat({ agentId: "echo", userId, token: apiKey, initial: { messages } });
  const { isUserOnline } = usePresence({ userId, token: apiKey });
  const { startTyping, stopTyping } = useTyping({
    onTypingStart: () => chat.setTyping(true),
    onTypingStop: () => chat.setTyping(false),
  });

  function send(form: FormData): void {
    stopTyping();
    chat.send(String(form.get("text")));
  }

  return (
    <main className="own">
      <p role="status">{isUserOnline(userId) ? "online" : chat.connection.status}</p>
      <div className="log">
        <ol>
          {chat.messages.map(({ key, role, text }) => (
            <li key={key} data-role={role}>
              <strong>{role === "user" ? "You" : "Echo"}</strong> <span>{text}</span>
            </li>
          ))}
        </ol>
      </div>
      <form action={send}>
        <input name="text" aria-label="Message" autoComplete="off" required onInput={startTyping} />
        <button>Send</button>
        {chat.answering && (
          <button type="button" onClick={() => void chat.stop()}>
            Stop
          </button>
        )}
      </form>
    </main>
  );
}
