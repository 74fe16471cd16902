import { useChat } from "@ai-sdk/react";
import { ChatError } from "@serverless-socketio/react";
import { SocketioChatTransport } from "@serverless-socketio/react/ai-sdk";
import { StrictMode, useState, type FormEvent, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { signIn } from "../account.js";

const { userId, token } = await signIn();

const transport = new SocketioChatTransport({ agentId: "echo", userId, token });
const history = await transport.history().catch(() => ({ messages: [] })); // why it failed is told by `resume`

function Chat(): ReactNode {
  const { messages, sendMessage, stop, status, error, regenerate } = useChat({
    transport,
    messages: history.messages,
    resume: true, // an answer that is being given goes on after a reload
  });
  const [text, setText] = useState("");
  const isBusy = status === "submitted" || status === "streaming";

  function send(event: FormEvent): void {
    event.preventDefault();
    void sendMessage({ text });
    setText("");
  }

  return (
    <form onSubmit={send}>
      <ol>
        {messages.map(({ id, role, parts }) => (
          <li key={id} data-role={role}>
            {parts.map((part) => (part.type === "text" ? part.text : ""))}
          </li>
        ))}
      </ol>
      {error && (
        <p role="alert">
          {error.message} {error instanceof ChatError && waitOf(error)}
          <button type="button" onClick={() => void regenerate()}>
            Try again
          </button>
        </p>
      )}
      <input aria-label="Message" value={text} onChange={({ target }) => setText(target.value)} />
      {isBusy ? (
        <button type="button" onClick={() => void stop()}>
          Stop
        </button>
      ) : (
        <button>Send</button>
      )}
    </form>
  );
}

function waitOf({ extra: { retryAfterMs } }: ChatError): string {
  return retryAfterMs === undefined ? "" : `Wait ${Math.ceil(retryAfterMs / 1_000)} s. `;
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Chat />
  </StrictMode>,
);
