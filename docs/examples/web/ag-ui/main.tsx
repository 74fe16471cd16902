import { randomUUID, type RunErrorEvent } from "@ag-ui/client";
import { SocketioAgent } from "@serverless-socketio/react/ag-ui";
import { StrictMode, useEffect, useReducer, useState, type FormEvent, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { signIn } from "../account.js";

const { userId, token } = await signIn();

const agent = new SocketioAgent({ agentId: "echo", userId, token });
let connected: Promise<unknown> | undefined;

function Chat(): ReactNode {
  const [, render] = useReducer((times: number) => times + 1, 0);
  const [error, setError] = useState<RunErrorEvent | null>(null);
  const [text, setText] = useState("");

  useEffect(() => {
    const { unsubscribe } = agent.subscribe({
      onRunInitialized: () => setError(null),
      onRunErrorEvent: ({ event }) => setError(event),
      onMessagesChanged: render,
      onRunFinalized: render,
    });
    connected ??= agent.connectAgent(); // what was said so far; an answer that is being given goes on
    render(); // it is running
    return unsubscribe;
  }, []);

  function send(event: FormEvent): void {
    event.preventDefault();
    agent.addMessage({ id: randomUUID(), role: "user", content: text });
    void agent.runAgent();
    setText("");
  }

  return (
    <form onSubmit={send}>
      <ol>
        {agent.messages.map(({ id, role, content }) => (
          <li key={id} data-role={role}>
            {typeof content === "string" && content}
          </li>
        ))}
      </ol>
      {error && (
        <p role="alert">
          {error.message} {waitOf(error)}
          <button type="button" onClick={() => void agent.runAgent()}>
            Try again
          </button>
        </p>
      )}
      <input aria-label="Message" value={text} onChange={({ target }) => setText(target.value)} />
      {agent.isRunning ? (
        <button type="button" onClick={() => agent.abortRun()}>
          Stop
        </button>
      ) : (
        <button>Send</button>
      )}
    </form>
  );
}

function waitOf({ metadata }: RunErrorEvent): string {
  const ms = metadata?.retryAfterMs as number | undefined;
  return ms === undefined ? "" : `Wait ${Math.ceil(ms / 1_000)} s. `;
}

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Chat />
  </StrictMode>,
);
