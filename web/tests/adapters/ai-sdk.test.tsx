// @vitest-environment happy-dom
import { useChat } from "@ai-sdk/react";
import { act, renderHook, waitFor, type RenderHookResult } from "@testing-library/react";
import { StrictMode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SocketioChatTransport, type ChatUIMessage } from "../../src/adapters/ai-sdk.js";
import { configure } from "../../src/client/config.js";
import { ChatError } from "../../src/client/errors.js";
import { clearPools } from "../../src/client/pool.js";
import { FakeChat } from "../server.js";

type Hook = ReturnType<typeof useChat<ChatUIMessage>>;

const ROOM = "chat:echo:alice";

let server: FakeChat;
let transport: SocketioChatTransport;

beforeEach(async () => {
  server = await FakeChat.start();
  configure({ url: server.url });
  transport = new SocketioChatTransport({ agentId: "echo", userId: "alice", token: "alice-key" });
});
afterEach(async () => {
  transport.close();
  await server.close();
});

function open(messages: ChatUIMessage[] = [], resume = false): RenderHookResult<Hook, unknown>["result"] {
  return renderHook(() => useChat({ transport, messages, resume }), { wrapper: StrictMode }).result;
}

/** As after a reload: nothing is known, and everything comes from the server. */
async function reload(): Promise<RenderHookResult<Hook, unknown>["result"]> {
  clearPools();
  transport = new SocketioChatTransport({ agentId: "echo", userId: "alice", token: "alice-key" });
  const { messages } = await transport.history();
  return open(messages, true);
}

function texts({ messages }: Hook): string[] {
  return messages.map(({ parts }) => parts.map((part) => (part.type === "text" ? part.text : "")).join(""));
}

function error({ error: found }: Hook): ChatError {
  expect(found).toBeInstanceOf(ChatError);
  return found as ChatError;
}

test("a message is answered word by word, and both are as the history has them", async () => {
  server.speaks = false;
  const chat = open();
  act(() => void chat.current.sendMessage({ text: "Once upon a time" }));
  await waitFor(() => expect(server.running).not.toBeNull());
  expect(chat.current.status).toBe("submitted");
  act(() => server.say());
  await waitFor(() => expect(texts(chat.current)).toEqual(["Once upon a time", "Once "]));
  expect(chat.current.status).toBe("streaming");
  act(() => server.finishSpeaking());
  await waitFor(() => expect(chat.current.status).toBe("ready"));
  expect(texts(chat.current)).toEqual(["Once upon a time", "Once upon a time"]);
  const [said, answer] = server.history.get(ROOM) ?? [];
  expect(chat.current.messages.map(({ id }) => id)).toEqual([said?.clientMessageId, answer?.messageId]);
  expect(chat.current.messages[1]?.metadata).toEqual({ timestamp: answer?.timestamp, finishReason: "stop" });
  server.speaks = true;
  await act(() => chat.current.sendMessage({ text: "again" }));
  expect(texts(chat.current)).toEqual(["Once upon a time", "Once upon a time", "again", "again"]);
});

test("a lost connection costs and doubles no word", async () => {
  server.speaks = false;
  const chat = open();
  act(() => void chat.current.sendMessage({ text: "one two three four" }));
  await waitFor(() => expect(server.running).not.toBeNull());
  act(() => server.say());
  await waitFor(() => expect(texts(chat.current)[1]).toBe("one "));
  act(() => server.cut());
  act(() => server.say());
  await waitFor(() => expect(texts(chat.current)[1]).toBe("one two "), { timeout: 5_000 });
  act(() => server.repeat(1));
  act(() => server.finishSpeaking());
  await waitFor(() => expect(chat.current.status).toBe("ready"));
  expect(texts(chat.current)).toEqual(["one two three four", "one two three four"]);
});

test("a message whose ack is lost is sent again under its id, and answered once", async () => {
  server.lostAcks = 1;
  const chat = open();
  await act(() => chat.current.sendMessage({ text: "hello" }));
  expect(chat.current.error).toBeUndefined();
  expect(texts(chat.current)).toEqual(["hello", "hello"]);
  const ids = server.payloads("chat:message").map(({ clientMessageId }) => clientMessageId);
  expect(ids).toEqual([chat.current.messages[0]?.id, chat.current.messages[0]?.id]);
  expect(server.history.get(ROOM)).toHaveLength(2);
});

test("stop ends the answer at the server, and what is said next waits for that", async () => {
  server.speaks = false;
  const chat = open();
  act(() => void chat.current.sendMessage({ text: "a long story" }));
  await waitFor(() => expect(server.running).not.toBeNull());
  act(() => server.say());
  await waitFor(() => expect(texts(chat.current)[1]).toBe("a "));
  await act(() => chat.current.stop());
  server.speaks = true;
  await act(() => chat.current.sendMessage({ text: "thanks" }));
  expect(chat.current.error).toBeUndefined();
  expect(texts(chat.current)).toEqual(["a long story", "a ", "thanks", "thanks"]);
  expect(server.history.get(ROOM)?.[1]).toMatchObject({ message: "a", finishReason: "stopped" });
});

test("stop before the answer was accepted stops it all the same", async () => {
  server.speaks = false;
  server.delayMs = 50;
  const chat = open();
  act(() => void chat.current.sendMessage({ text: "never mind" }));
  await waitFor(() => expect(server.payloads("chat:message")).toHaveLength(1));
  await act(() => chat.current.stop());
  expect(chat.current.status).toBe("ready");
  await waitFor(() => expect(server.payloads("chat:stop")).toHaveLength(1));
});

test("after a reload in mid-answer everything is there, and the answer goes on", async () => {
  server.speaks = false;
  const before = open();
  act(() => void before.current.sendMessage({ text: "one two three" }));
  await waitFor(() => expect(server.running).not.toBeNull());
  act(() => server.say());
  await waitFor(() => expect(texts(before.current)[1]).toBe("one "));

  const after = await reload();
  await waitFor(() => expect(texts(after.current)).toEqual(["one two three", "one "]));
  act(() => server.finishSpeaking());
  await waitFor(() => expect(after.current.status).toBe("ready"));
  expect(texts(after.current)).toEqual(["one two three", "one two three"]);
  expect(server.payloads("chat:stop")).toEqual([]); // of StrictMode's two resumptions one was given up
});

test("an answer that was resumed can be stopped", async () => {
  server.speaks = false;
  const before = open();
  act(() => void before.current.sendMessage({ text: "one two three" }));
  await waitFor(() => expect(server.running).not.toBeNull());
  act(() => server.say());
  const after = await reload();
  await waitFor(() => expect(texts(after.current)[1]).toBe("one "));
  await act(() => after.current.stop());
  await waitFor(() => expect(server.running).toBeNull());
});

test("an answer that ended between the history and the resumption is not missed", async () => {
  server.speaks = false;
  const before = open();
  act(() => void before.current.sendMessage({ text: "one two" }));
  await waitFor(() => expect(server.running).not.toBeNull());
  clearPools();
  transport = new SocketioChatTransport({ agentId: "echo", userId: "alice", token: "alice-key" });
  const { messages } = await transport.history();
  server.finishSpeaking();
  await new Promise((resolve) => setTimeout(resolve, 50)); // the page is busy
  const after = open(messages, true);
  await waitFor(() => expect(texts(after.current)).toEqual(["one two", "one two"]));
  expect(after.current.status).toBe("ready");
});

test("where nothing is being said, nothing is resumed", async () => {
  server.remember("echo", "alice", "user", "hi");
  server.remember("echo", "alice", "agent", "hello", "length");
  const { messages, nextBefore } = await transport.history();
  expect(nextBefore).toBeNull();
  const chat = open(messages, true);
  await waitFor(() => expect(server.payloads("chat:join").length).toBeGreaterThan(0));
  expect(texts(chat.current)).toEqual(["hi", "hello"]);
  expect(chat.current.messages[1]).toMatchObject({ role: "assistant", metadata: { finishReason: "length" } });
  expect(chat.current.status).toBe("ready");
});

test("the history goes back page by page", async () => {
  for (let at = 0; at < 60; at += 1) server.remember("echo", "alice", "user", `line ${at}`);
  const { messages, nextBefore } = await transport.history();
  const earlier = await transport.history(nextBefore ?? "");
  expect([messages.length, earlier.messages.length, earlier.nextBefore]).toEqual([50, 10, null]);
  expect(earlier.messages[0]?.parts).toMatchObject([{ text: "line 0" }]);
});

test("a refused key is the error, and the message can be sent again", async () => {
  server.refusal = { code: "unauthorized", message: "This API key is not known." };
  const chat = open();
  await act(() => chat.current.sendMessage({ text: "hello" }));
  expect(chat.current.status).toBe("error");
  expect(error(chat.current)).toMatchObject({ code: "unauthorized", message: "This API key is not known." });
  server.refusal = null;
  await act(() => chat.current.regenerate());
  expect(chat.current.error).toBeUndefined();
  expect(texts(chat.current)).toEqual(["hello", "hello"]);
});

test("a key that is refused in mid-answer ends the stream with that", async () => {
  server.speaks = false;
  const chat = open();
  act(() => void chat.current.sendMessage({ text: "one two" }));
  await waitFor(() => expect(server.running).not.toBeNull());
  act(() => server.say());
  await waitFor(() => expect(texts(chat.current)[1]).toBe("one "));
  server.refusal = { code: "unauthorized", message: "This API key was revoked." };
  act(() => server.cut());
  await waitFor(() => expect(chat.current.status).toBe("error"), { timeout: 5_000 });
  expect(error(chat.current).code).toBe("unauthorized");
  expect(texts(chat.current)[1]).toBe("one ");
});

test.each([
  { code: "rate_limited", message: "Too many messages.", retryAfterMs: 1_500 },
  { code: "conflict", message: "Still answering.", messageId: "01M1" },
  { code: "not_found", message: "There is no such agent." },
  { code: "unavailable", message: "Please try again.", retryAfterMs: 500 },
] as const)("what the server refuses is the error: $code", async (refusal) => {
  server.refusals["chat:message"] = [refusal];
  const chat = open();
  await act(() => chat.current.sendMessage({ text: "hello" }));
  const { code, message, ...extra } = refusal;
  expect(error(chat.current)).toMatchObject({ code, message, extra });
  await act(() => chat.current.regenerate());
  expect(texts(chat.current)).toEqual(["hello", "hello"]);
  const ids = server.payloads("chat:message").map(({ clientMessageId }) => clientMessageId);
  expect(new Set(ids).size).toBe(1);
});

test("without a network the error says so, and the message can be sent again", async () => {
  const chat = open();
  await act(() => chat.current.sendMessage({ text: "one" }));
  const isOnline = vi.spyOn(navigator, "onLine", "get").mockReturnValue(false);
  dispatchEvent(new Event("offline"));
  server.io.engine.use((_: unknown, __: unknown, next: (error?: Error) => void) =>
    next(navigator.onLine ? undefined : new Error("unreachable")),
  );
  await act(() => chat.current.sendMessage({ text: "two" }));
  expect(error(chat.current)).toMatchObject({ code: "unavailable", message: "The network is down." });
  isOnline.mockReturnValue(true);
  await act(() => chat.current.regenerate());
  expect(texts(chat.current)).toEqual(["one", "one", "two", "two"]);
});

test("an answer that broke off keeps its words, and is an error", async () => {
  server.speaks = false;
  const chat = open();
  act(() => void chat.current.sendMessage({ text: "one two" }));
  await waitFor(() => expect(server.running).not.toBeNull());
  act(() => server.say());
  const { messageId = "", replyTo = "" } = server.running ?? {};
  const ids = { agentId: "echo", messageId, replyTo };
  const end = { message: "one", chunks: 1, finishReason: "error", timestamp: 7 } as const;
  act(() => server.emit(ROOM, "chat:message:complete", { ...ids, ...end }));
  await waitFor(() => expect(chat.current.status).toBe("error"));
  expect(chat.current.error?.message).toBe("The answer broke off.");
  expect(texts(chat.current)[1]?.trimEnd()).toBe("one");
  expect(chat.current.messages[1]?.metadata).toEqual({ timestamp: 7, finishReason: "error" });
});

test("what the server cannot do is said, and nothing is sent", async () => {
  const chat = open();
  await act(() => chat.current.sendMessage({ text: "hello" }));
  const id = chat.current.messages[0]?.id ?? "";
  await act(() => chat.current.sendMessage({ text: "hallo", messageId: id }));
  expect(error(chat.current).message).toBe("A message cannot be changed.");
  const file = { type: "file", mediaType: "text/plain", url: "data:,x" } as const;
  await act(() => chat.current.sendMessage({ text: "look", files: [file] }));
  expect(error(chat.current).message).toBe("Only text can be sent.");
  await act(() => chat.current.sendMessage({ text: "x".repeat(8_001) }));
  expect(error(chat.current)).toMatchObject({ code: "too_large", extra: { limit: 8_000 } });
  expect(server.payloads("chat:message")).toHaveLength(1);
});

function numbered(): void {
  let times = 0;
  server.answerer = () => ["answer ", `${(times += 1)}`];
}

test("an answer is given again in place of the one before, which can be looked at, after a reload too", async () => {
  numbered();
  const chat = open();
  await act(() => chat.current.sendMessage({ text: "hello" }));
  await act(() => chat.current.regenerate());
  await act(() => chat.current.regenerate({ messageId: chat.current.messages[1]?.id ?? "" }));
  expect(chat.current.error).toBeUndefined();
  expect(texts(chat.current)).toEqual(["hello", "answer 3"]);
  const lines = server.history.get(ROOM) ?? [];
  expect(lines.map(({ message }) => message)).toEqual(["hello", "answer 1", "answer 2", "answer 3"]);
  const said = chat.current.messages[1]?.metadata?.former?.map(({ text }) => text);
  expect(said).toEqual(["answer 1", "answer 2"]);

  const after = await reload();
  expect(texts(after.current)).toEqual(["hello", "answer 3"]);
  expect(after.current.messages[1]?.metadata?.former).toMatchObject([
    { text: "answer 1", finishReason: "stop" },
    { text: "answer 2", finishReason: "stop" },
  ]);
  await act(() => after.current.regenerate());
  expect(texts(after.current)).toEqual(["hello", "answer 4"]);
});

test("after a reload while an answer is given again, it goes on in its place, and can be given again", async () => {
  numbered();
  const before = open();
  await act(() => before.current.sendMessage({ text: "hello" }));
  server.speaks = false;
  act(() => void before.current.regenerate());
  await waitFor(() => expect(server.running).not.toBeNull());
  act(() => server.say());
  const after = await reload();
  await waitFor(() => expect(texts(after.current)).toEqual(["hello", "answer "]));
  act(() => server.finishSpeaking());
  await waitFor(() => expect(after.current.status).toBe("ready"));
  expect(after.current.messages[1]?.metadata?.former).toMatchObject([{ text: "answer 1" }]);
  server.speaks = true;
  await act(() => after.current.regenerate());
  expect(texts(after.current)).toEqual(["hello", "answer 3"]);
});

test("an answer that is given again can be stopped, and only the newest can", async () => {
  numbered();
  const chat = open();
  await act(() => chat.current.sendMessage({ text: "one" }));
  const old = chat.current.messages[1]?.id ?? "";
  await act(() => chat.current.sendMessage({ text: "two" }));
  server.speaks = false;
  act(() => void chat.current.regenerate());
  await waitFor(() => expect(server.running).not.toBeNull());
  await act(() => chat.current.stop());
  await waitFor(() => expect(server.payloads("chat:stop")).toHaveLength(1));
  await act(() => chat.current.regenerate({ messageId: old }));
  expect(error(chat.current).code).toBe("not_found");
  expect(server.payloads("chat:regenerate")).toHaveLength(1);
});
