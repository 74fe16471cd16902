"use client"; // for Next.js; elsewhere it says nothing

import { useChat } from "@ai-sdk/react";
import { SocketioChatTransport } from "@serverless-socketio/react/ai-sdk";
import { useState, type ReactNode } from "react";

/** Where the chat is, and whose: `token` is the user's API key. */
interface Account {
  url: string;
  userId: string;
  token: string;
}

export function Chat({ url, userId, token }: Account): ReactNode {
  const [transport] = useState(() => new SocketioChatTransport({ agentId: "echo", url, userId, token }));
  const { messages, sendMessage, stop, status, error } = useChat({ transport });
  const [text, setText] = useState("");

  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void sendMessage({ text });
        setText("");
      }}
    >
      {messages.map(({ id, role, parts }) => (
        <p key={id}>
          {role}: {parts.map((part) => (part.type === "text" ? part.text : ""))}
        </p>
      ))}
      {error && <p role="alert">{error.message}</p>}
      <input aria-label="Message" value={text} onChange={({ target }) => setText(target.value)} />
      <button>Send</button>
      {status === "streaming" && (
        <button type="button" onClick={() => void stop()}>
          Stop
        </button>
      )}
    </form>
  );
}
