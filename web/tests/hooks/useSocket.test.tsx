// @vitest-environment happy-dom
import { act, render, renderHook, waitFor } from "@testing-library/react";
import { StrictMode, useEffect, useState, type ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { configure } from "../../src/client/config.js";
import { useChatSocket, useSocket, type UseSocket } from "../../src/hooks/useSocket.js";
import { FakeChat } from "../server.js";

let server: FakeChat;

beforeEach(async () => {
  server = await FakeChat.start();
  configure({ url: server.url });
});
afterEach(() => server.close());

function Twice({ children }: { children: ReactNode }): ReactNode {
  return <StrictMode>{children}</StrictMode>;
}

test("the first component connects, all share it, and the last one disconnects", async () => {
  const one = renderHook(() => useSocket({ token: "alice-key" }), { wrapper: Twice });
  const two = renderHook(() => useSocket({ token: "alice-key" }), { wrapper: Twice });
  await waitFor(() => expect(one.result.current.isConnected && two.result.current.isConnected).toBe(true));
  expect(one.result.current.socket).toBe(two.result.current.socket);
  expect(server.sockets).toHaveLength(1);
  one.unmount();
  await new Promise((resolve) => setTimeout(resolve, 1_200));
  expect(server.sockets).toHaveLength(1);
  two.unmount();
  await waitFor(() => expect(server.sockets).toHaveLength(0), { timeout: 3_000 });
});

test("StrictMode opens one connection, not two", async () => {
  const { result } = renderHook(() => useSocket({ token: "bob-key" }), { wrapper: Twice });
  await waitFor(() => expect(result.current.isConnected).toBe(true));
  expect(server.io.engine.clientsCount).toBe(1);
});

test("another token is another connection; no token is none", async () => {
  const { result, rerender } = renderHook<UseSocket, { token: string | null }>((given) => useSocket(given), {
    initialProps: { token: "carol-key" },
  });
  await waitFor(() => expect(result.current.isConnected).toBe(true));
  const first = result.current.socket;
  rerender({ token: null });
  expect(result.current).toMatchObject({ socket: null, isConnected: false });
  rerender({ token: "dora-key" });
  await waitFor(() => expect(result.current.isConnected).toBe(true));
  expect(result.current.socket).not.toBe(first);
});

test("without autoConnect the socket waits", async () => {
  const { result } = renderHook(() => useSocket({ token: "erin-key", autoConnect: false }));
  expect(result.current.socket?.active).toBe(false);
  act(() => void result.current.socket?.connect());
  await waitFor(() => expect(result.current.isConnected).toBe(true));
});

test("the usage of the documentation: listeners in an effect, with their off", async () => {
  const heard = vi.fn();
  function Custom(): ReactNode {
    const { socket, isConnected, emit, on, off } = useSocket({ token: "frank-key" });
    const [count, setCount] = useState(0);
    useEffect(() => {
      if (!socket) return;
      const listener = (message: unknown): void => {
        heard(message);
        setCount((before) => before + 1);
      };
      on("chat:message", listener);
      return () => off("chat:message", listener);
    }, [socket, on, off]);
    return (
      <button
        disabled={!isConnected}
        onClick={() => emit("chat:message", { agentId: "echo", message: "hi" })}
      >
        {count}
      </button>
    );
  }
  const page = render(<Custom />, { wrapper: Twice });
  await waitFor(() => expect(page.getByRole("button")).toHaveProperty("disabled", false));
  page.getByRole("button").click();
  await waitFor(() => expect(server.payloads("chat:message")).toHaveLength(1));
  const message = {
    agentId: "echo",
    userId: "frank",
    messageId: "1",
    role: "user",
    message: "hi",
    timestamp: 1,
  } as const;
  server.emit("user:frank", "chat:message", message);
  await waitFor(() => expect(page.getByRole("button").textContent).toBe("1"));
  expect(heard).toHaveBeenCalledTimes(1);
});

test("a component that goes takes its listeners along, however it added them", async () => {
  const heard = vi.fn();
  const stays = renderHook(() => useSocket({ token: "grace-key" }));
  const goes = renderHook(() => useSocket({ token: "grace-key" }));
  await waitFor(() => expect(goes.result.current.isConnected).toBe(true));
  goes.result.current.on("agent:updated", heard);
  goes.unmount();
  const news = { agentId: "echo", name: "Echo", status: "available", timestamp: 1 } as const;
  const still = vi.fn();
  stays.result.current.on("agent:updated", still);
  server.emit("user:grace", "agent:updated", news);
  await waitFor(() => expect(still).toHaveBeenCalledOnce());
  expect(heard).not.toHaveBeenCalled();
});

test("emit takes an ack, and says on it when there is no connection", async () => {
  const { result } = renderHook(() => useSocket({ token: null }));
  const ack = vi.fn();
  result.current.emit("chat:leave", { agentId: "echo" }, ack);
  expect(ack).toHaveBeenCalledWith(expect.objectContaining({ ok: false }));
  const heard = vi.fn();
  result.current.on("error", heard);
  result.current.emit("chat:leave", { agentId: "echo" });
  expect(heard).toHaveBeenCalledWith(expect.objectContaining({ event: "chat:leave", code: "unavailable" }));
});

test("useChatSocket enters the chat, sends, shows typing, and hears an answer in order", async () => {
  server.lostChunks.add(1);
  const { result, unmount } = renderHook(() => useChatSocket("echo", "alice", "alice-key"), {
    wrapper: Twice,
  });
  let text = "";
  const completed = vi.fn<(message: string) => void>();
  result.current.on("chat:message:stream", ({ chunk }) => (text += chunk));
  result.current.on("chat:message:complete", ({ message }) => completed(message));
  await waitFor(() => expect(server.payloads("chat:join")).toEqual([{ agentId: "echo" }]));
  result.current.sendTyping(true);
  await waitFor(() => expect(server.payloads("chat:typing")).toEqual([{ agentId: "echo", isTyping: true }]));
  result.current.sendMessage("Once upon a time");
  await waitFor(() => expect(completed).toHaveBeenCalledExactlyOnceWith("Once upon a time"));
  expect("Once upon a time".startsWith(text.trimEnd())).toBe(true);
  unmount();
  await waitFor(() => expect(server.sockets).toHaveLength(0), { timeout: 4_000 });
});

test("useChatSocket says what is wrong with a message as an event", () => {
  const { result } = renderHook(() => useChatSocket("echo", "alice", "alice-key"));
  const heard = vi.fn();
  result.current.on("error", heard);
  result.current.sendMessage("a".repeat(8_001));
  expect(heard).toHaveBeenCalledWith(
    expect.objectContaining({ event: "chat:message", code: "too_large", limit: 8_000 }),
  );
});

test("useChatSocket without a key does nothing, and says so when asked", () => {
  const { result } = renderHook(() => useChatSocket("echo", "alice", undefined));
  const heard = vi.fn();
  result.current.on("error", heard);
  result.current.sendMessage("hi");
  result.current.sendTyping(true);
  expect(heard).toHaveBeenCalledWith(expect.objectContaining({ code: "unavailable" }));
});
