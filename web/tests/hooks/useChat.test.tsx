// @vitest-environment happy-dom
import { act, render, renderHook, waitFor } from "@testing-library/react";
import { renderToString } from "react-dom/server";
import { StrictMode, type ReactNode } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configure } from "../../src/client/config.js";
import { useChat } from "../../src/hooks/useChat.js";
import { FakeChat } from "../server.js";

let server: FakeChat;

beforeEach(async () => {
  server = await FakeChat.start();
  configure({ url: server.url });
});
afterEach(() => server.close());

const WELCOME = { messageId: "01A", role: "agent", message: "Welcome back.", timestamp: 1 } as const;

function Chat({ agentId = "echo" }: { agentId?: string }): ReactNode {
  const initial = { messages: agentId === "echo" ? [WELCOME] : [] };
  const { messages } = useChat({ agentId, userId: "alice", token: "alice-key", initial });
  return (
    <ul>
      {messages.map(({ key, text }) => (
        <li key={key}>{text}</li>
      ))}
    </ul>
  );
}

test("a server renders what it was given", () => {
  expect(renderToString(<Chat />)).toBe("<ul><li>Welcome back.</li></ul>");
});

test("another chat begins with its own messages", async () => {
  const page = render(<Chat />, { wrapper: StrictMode });
  expect(page.container.textContent).toBe("Welcome back.");
  page.rerender(<Chat agentId="other" />);
  expect(page.container.textContent).toBe("");
  await waitFor(() =>
    expect(server.payloads("chat:join").map(({ agentId }) => agentId)).toEqual(["echo", "other"]),
  );
});

test("everything that a page shows and does", async () => {
  server.speaks = false;
  const { result } = renderHook(() => useChat({ agentId: "echo", userId: "bob", token: "bob-key" }), {
    wrapper: StrictMode,
  });
  await waitFor(() => expect(result.current.isJoined).toBe(true));
  expect(result.current.connection).toEqual({ status: "connected" });
  const { send, stop } = result.current;
  act(() => void send("Once upon a time"));
  expect(result.current.messages).toMatchObject([{ text: "Once upon a time", state: "queued" }]);
  await waitFor(() => expect(result.current.answering).not.toBeNull());
  act(() => server.say());
  await waitFor(() =>
    expect(result.current.messages.at(-1)).toMatchObject({ text: "Once ", state: "streaming" }),
  );
  expect(result.current.send).toBe(send);
  await act(() => stop());
  await waitFor(() =>
    expect(result.current.messages.at(-1)).toMatchObject({ state: "done", finishReason: "stopped" }),
  );
});

test("a refused connection says why, and is tried again when it is wanted", async () => {
  server.refusal = { code: "unauthorized", message: "This API key is not known." };
  const { result } = renderHook(() => useChat({ agentId: "echo", userId: "carol", token: "carol-key" }));
  await waitFor(() =>
    expect(result.current.connection).toMatchObject({ status: "refused", error: { code: "unauthorized" } }),
  );
  server.refusal = null;
  act(() => result.current.reconnect());
  await waitFor(() => expect(result.current.isJoined).toBe(true));
});
