// @vitest-environment happy-dom
import {
  AssistantRuntimeProvider,
  ComposerPrimitive,
  ErrorPrimitive,
  MessagePrimitive,
  ThreadPrimitive,
  type AssistantRuntime,
} from "@assistant-ui/react";
import { act, render, screen, waitFor } from "@testing-library/react";
import { userEvent } from "@testing-library/user-event";
import { StrictMode, useEffect, type ReactNode } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { useChatRuntime } from "../../src/adapters/assistant-ui.js";
import { configure } from "../../src/client/config.js";
import { clearPools } from "../../src/client/pool.js";
import { useChat, type UseChat } from "../../src/hooks/useChat.js";
import { FakeChat } from "../server.js";

let server: FakeChat;
let user = ""; // one a test: what is left in the outbox of one is not the next one's
let runtime: AssistantRuntime;
let chat: UseChat;

beforeEach(async ({ task }) => {
  server = await FakeChat.start();
  configure({ url: server.url });
  user = `user-${task.id}`;
});
afterEach(() => server.close());

function Message(): ReactNode {
  return (
    <MessagePrimitive.Root data-testid="message">
      <MessagePrimitive.Parts />
      <MessagePrimitive.Error>
        <ErrorPrimitive.Root role="alert">
          <ErrorPrimitive.Message />
        </ErrorPrimitive.Root>
      </MessagePrimitive.Error>
    </MessagePrimitive.Root>
  );
}

function Thread(): ReactNode {
  const ours = useChat({ agentId: "echo", userId: user, token: `${user}-key` });
  const theirs = useChatRuntime(ours);
  useEffect(() => {
    chat = ours;
    runtime = theirs;
  });
  return (
    <AssistantRuntimeProvider runtime={theirs}>
      <ThreadPrimitive.Root>
        <ThreadPrimitive.Messages>{() => <Message />}</ThreadPrimitive.Messages>
        <ComposerPrimitive.Root>
          <ComposerPrimitive.Input aria-label="Message" />
          <ComposerPrimitive.Cancel>Stop</ComposerPrimitive.Cancel>
        </ComposerPrimitive.Root>
      </ThreadPrimitive.Root>
    </AssistantRuntimeProvider>
  );
}

async function open(): Promise<void> {
  render(<Thread />, { wrapper: StrictMode });
  await waitFor(() => expect(chat.isJoined).toBe(true));
}

async function say(text: string): Promise<void> {
  await userEvent.type(screen.getByLabelText("Message"), `${text}{Enter}`);
}

function shown(): string[] {
  return screen.queryAllByTestId("message").map(({ textContent }) => textContent.replace(" ●", "")); // drawn while it grows
}

test("a message is answered word by word, over a lost connection too", async () => {
  server.speaks = false;
  await open();
  await say("one two three");
  await waitFor(() => expect(server.running).not.toBeNull());
  act(() => server.say());
  await waitFor(() => expect(shown()).toEqual(["one two three", "one "]));
  expect(runtime.thread.getState().isRunning).toBe(true);
  act(() => server.cut());
  act(() => server.say());
  await waitFor(() => expect(shown()[1]).toBe("one two "), { timeout: 5_000 });
  act(() => server.finishSpeaking());
  await waitFor(() => expect(shown()).toEqual(["one two three", "one two three"]));
  await waitFor(() => expect(runtime.thread.getState().isRunning).toBe(false));
  expect(runtime.thread.getState().messages.at(-1)?.status).toEqual({ type: "complete", reason: "stop" });
});

test("the button that cancels stops the answer", async () => {
  server.speaks = false;
  await open();
  await say("a long story");
  await waitFor(() => expect(server.running).not.toBeNull());
  act(() => server.say());
  await userEvent.click(await screen.findByText("Stop"));
  await waitFor(() =>
    expect(runtime.thread.getState().messages.at(-1)?.status).toEqual({
      type: "incomplete",
      reason: "cancelled",
    }),
  );
  expect(shown()).toEqual(["a long story", "a"]);
});

test("after a reload in mid-answer everything is there, and the answer goes on", async () => {
  server.speaks = false;
  await open();
  await say("one two");
  await waitFor(() => expect(server.running).not.toBeNull());
  act(() => server.say());
  document.body.replaceChildren();
  clearPools();
  await open();
  await waitFor(() => expect(shown()).toEqual(["one two", "one "]));
  act(() => server.finishSpeaking());
  await waitFor(() => expect(shown()).toEqual(["one two", "one two"]));
});

test("a refused key is told below the message, which goes out when the key is taken", async () => {
  server.refusal = { code: "unauthorized", message: "This API key is not known." };
  render(<Thread />, { wrapper: StrictMode });
  await waitFor(() => expect(chat.connection.status).toBe("refused"));
  await say("hello");
  expect((await screen.findByRole("alert")).textContent).toBe("This API key is not known.");
  server.refusal = null;
  act(() => chat.reconnect());
  await waitFor(() => expect(shown()).toEqual(["hello", "hello"]));
  expect(screen.queryByRole("alert")).toBeNull();
});

test("a chat that cannot be entered is told below the message", async () => {
  server.refusals["chat:join"] = [{ code: "not_found", message: "There is no such agent." }];
  render(<Thread />, { wrapper: StrictMode });
  await waitFor(() => expect(chat.error).not.toBeNull());
  await say("hello");
  expect((await screen.findByRole("alert")).textContent).toBe("There is no such agent.");
});

test("a message that is refused says why, and can be sent again", async () => {
  server.refusals["chat:message"] = [{ code: "forbidden", message: "This chat is closed to you." }];
  await open();
  await say("hello");
  expect((await screen.findByRole("alert")).textContent).toBe("This chat is closed to you.");
  const { id, metadata } = runtime.thread.getState().messages[0] ?? {};
  expect(metadata?.custom).toMatchObject({ state: "failed", error: { code: "forbidden" } });
  act(() => chat.retry(id ?? ""));
  await waitFor(() => expect(shown()).toEqual(["hello", "hello"]));
});

test("too fast, or while another answer runs: the message waits and goes by itself", async () => {
  server.refusals["chat:message"] = [{ code: "rate_limited", message: "Too many.", retryAfterMs: 20 }];
  await open();
  await say("hello");
  await waitFor(() => expect(shown()).toEqual(["hello", "hello"]));
  expect(screen.queryByRole("alert")).toBeNull();
});

test("without a network a message waits, and says so", async () => {
  await open();
  dispatchEvent(new Event("offline"));
  await say("later");
  expect((await screen.findByRole("alert")).textContent).toContain("The network is down.");
  dispatchEvent(new Event("online"));
  await waitFor(() => expect(shown()).toEqual(["later", "later"]), { timeout: 5_000 });
});

test("a message that is too long keeps its text, and says why", async () => {
  await open();
  const text = "x".repeat(8_001);
  act(() => runtime.thread.append(text));
  expect((await screen.findByRole("alert")).textContent).toBe("The message is too long.");
  expect(shown()[0]).toBe(text);
});

test("an answer says how it ended, and nothing is offered that the server has not", async () => {
  for (const end of ["length", "error"] as const) server.remember("echo", user, "agent", end, end);
  await open();
  await waitFor(() => expect(shown()).toHaveLength(2));
  const { messages, capabilities } = runtime.thread.getState();
  expect(messages.map(({ status }) => status)).toEqual([
    { type: "incomplete", reason: "length" },
    { type: "incomplete", reason: "error", error: "The answer broke off." },
  ]);
  expect(capabilities).toMatchObject({ edit: false, reload: true, delete: false, cancel: true });
});

test("earlier messages are loaded when they are wanted", async () => {
  for (let at = 0; at < 60; at += 1) server.remember("echo", user, "user", `line ${at}`);
  await open();
  await waitFor(() => expect(shown()).toHaveLength(50));
  expect(runtime.thread.getState().hasEarlier).toBe(true);
  await act(() => runtime.thread.loadEarlier());
  await waitFor(() => expect(shown()).toHaveLength(60));
});

test("an answer is reloaded in place of the one before, which is in its metadata", async () => {
  let times = 0;
  server.answerer = () => [`answer ${(times += 1)}`];
  await open();
  await say("hello");
  await waitFor(() => expect(shown()).toEqual(["hello", "answer 1"]));
  await waitFor(() => expect(chat.answering).toBeNull());
  act(() => runtime.thread.getMessageByIndex(1).reload());
  await waitFor(() => expect(shown()).toEqual(["hello", "answer 2"]));
  const { metadata } = runtime.thread.getState().messages[1] ?? {};
  expect(metadata?.custom).toEqual({ state: "done", former: ["answer 1"] });
});
