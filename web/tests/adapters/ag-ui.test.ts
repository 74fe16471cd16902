import type { AgentSubscriber, Event } from "@ag-ui/client";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { SocketioAgent } from "../../src/adapters/ag-ui.js";
import { configure } from "../../src/client/config.js";
import { clearPools } from "../../src/client/pool.js";
import { FakeChat } from "../server.js";

const ROOM = "chat:echo:alice";

let server: FakeChat;
let agent: SocketioAgent;
let events: Event[];

beforeEach(async () => {
  server = await FakeChat.start();
  configure({ url: server.url });
  agent = newAgent();
});
afterEach(async () => {
  agent.close();
  await server.close();
});

function newAgent(url = server.url): SocketioAgent {
  events = [];
  const made = new SocketioAgent({ agentId: "echo", userId: "alice", token: "alice-key", url });
  const subscriber: AgentSubscriber = { onEvent: ({ event }) => void events.push(event as Event) };
  made.subscribe(subscriber);
  return made;
}

function say(content: string, id = "m1"): Promise<unknown> {
  agent.addMessage({ id, role: "user", content });
  return agent.runAgent();
}

function types(): string[] {
  return events.map(({ type }) => type);
}

function texts(): unknown[] {
  return agent.messages.map(({ content }) => content);
}

test("a run is an answer: started, said word by word, finished", async () => {
  server.speaks = false;
  const run = say("one two");
  await vi.waitFor(() => expect(server.running).not.toBeNull());
  server.say();
  await vi.waitFor(() => expect(texts()).toEqual(["one two", "one "]));
  server.finishSpeaking();
  await run;
  expect(texts()).toEqual(["one two", "one two"]);
  expect(new Set(types())).toEqual(
    new Set([
      "RUN_STARTED",
      "TEXT_MESSAGE_START",
      "TEXT_MESSAGE_CONTENT",
      "TEXT_MESSAGE_END",
      "RUN_FINISHED",
    ]),
  );
  expect(events.at(-1)).toMatchObject({ outcome: { type: "success" } });
  const [said, answer] = server.history.get(ROOM) ?? [];
  expect(agent.messages.map(({ id }) => id)).toEqual([said?.clientMessageId, answer?.messageId]);
  server.speaks = true;
  await say("three", "m2");
  expect(texts()).toEqual(["one two", "one two", "three", "three"]);
});

test("a lost connection, or a lost ack, costs and doubles no word", async () => {
  server.speaks = false;
  server.lostAcks = 1;
  const run = say("one two three");
  await vi.waitFor(() => expect(server.payloads("chat:message")).toHaveLength(2), { timeout: 5_000 });
  server.say();
  await vi.waitFor(() => expect(texts()[1]).toBe("one "));
  server.cut();
  server.say();
  await vi.waitFor(() => expect(texts()[1]).toBe("one two "), { timeout: 5_000 });
  server.finishSpeaking();
  await run;
  expect(texts()).toEqual(["one two three", "one two three"]);
});

test("an answer of which nothing arrives is asked for", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  server.speaks = false;
  const run = say("one two");
  await vi.waitFor(() => expect(server.running).not.toBeNull());
  await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0)); // the ack has come
  server.io.socketsLeave(ROOM);
  server.finishSpeaking();
  vi.advanceTimersByTime(15_000);
  await run;
  expect(texts()).toEqual(["one two", "one two"]);
});

test("abortRun stops the answer, and what was said is kept", async () => {
  server.speaks = false;
  const run = say("one two");
  await vi.waitFor(() => expect(server.running).not.toBeNull());
  server.say();
  await vi.waitFor(() => expect(texts()[1]).toBe("one "));
  agent.abortRun();
  await run;
  expect(events.at(-1)).toMatchObject({ type: "RUN_FINISHED", outcome: { type: "cancelled" } });
  expect(server.history.get(ROOM)?.[1]).toMatchObject({ finishReason: "stopped" });
});

test("abortRun before the message was sent: it is not sent", async () => {
  agent = newAgent("http://127.0.0.1:9"); // nobody is there
  const run = say("never mind");
  await vi.waitFor(() => expect(types()).toEqual(["RUN_STARTED"]));
  agent.abortRun();
  await run;
  expect(events.at(-1)).toMatchObject({ type: "RUN_FINISHED", outcome: { type: "cancelled" } });
});

test("who detaches from a run does not stop the answer", async () => {
  server.speaks = false;
  const run = say("one two");
  await vi.waitFor(() => expect(server.running).not.toBeNull());
  await agent.detachActiveRun();
  await run;
  expect(server.payloads("chat:stop")).toEqual([]);
});

test("after a reload connectAgent brings the history, and an answer that is being given goes on", async () => {
  server.remember("echo", "alice", "user", "hi");
  server.remember("echo", "alice", "agent", "hello");
  server.speaks = false;
  void say("one two three");
  await vi.waitFor(() => expect(server.running).not.toBeNull());
  server.say();

  clearPools();
  agent = newAgent();
  const connected = agent.connectAgent();
  await vi.waitFor(() => expect(texts()).toEqual(["hi", "hello", "one two three", "one "]));
  server.finishSpeaking();
  await connected;
  expect(texts()).toEqual(["hi", "hello", "one two three", "one two three"]);
});

test("where nothing is being said, connectAgent ends with the history", async () => {
  server.remember("echo", "alice", "agent", "hello");
  await agent.connectAgent();
  expect(types()).toEqual(["RUN_STARTED", "MESSAGES_SNAPSHOT", "RUN_FINISHED"]);
  expect(texts()).toEqual(["hello"]);
});

test("a refused key is RUN_ERROR, and the next run sends the message", async () => {
  server.refusal = { code: "unauthorized", message: "This API key is not known." };
  await say("hello");
  const refused = { type: "RUN_ERROR", code: "unauthorized", message: "This API key is not known." };
  expect(events.at(-1)).toMatchObject(refused);
  server.refusal = null;
  await agent.runAgent();
  expect(texts()).toEqual(["hello", "hello"]);
});

test.each([
  { code: "rate_limited", message: "Too many messages.", retryAfterMs: 1_500 },
  { code: "conflict", message: "Still answering.", messageId: "01M1" },
] as const)("what the server refuses is RUN_ERROR: $code", async (refusal) => {
  server.refusals["chat:message"] = [refusal];
  await say("hello");
  const { code, message, ...metadata } = refusal;
  expect(events.at(-1)).toMatchObject({ type: "RUN_ERROR", code, message, metadata });
  await agent.runAgent();
  expect(texts()).toEqual(["hello", "hello"]);
});

test("what the server cannot do is RUN_ERROR, and nothing is sent", async () => {
  const picture = { type: "image", source: { type: "data", value: "", mimeType: "image/png" } } as const;
  agent.addMessage({ id: "m1", role: "user", content: [picture] });
  await agent.runAgent();
  expect(events.at(-1)).toMatchObject({ type: "RUN_ERROR", message: "Only text can be sent." });
  agent.setMessages([{ id: "m2", role: "assistant", content: "hello" }]);
  await agent.runAgent();
  expect(events.at(-1)).toMatchObject({ message: "The last message is not the user's." });
  expect(server.payloads("chat:message")).toEqual([]);
});

test("an answer that broke off keeps its words, and is RUN_ERROR", async () => {
  server.speaks = false;
  const run = say("one two");
  await vi.waitFor(() => expect(server.running).not.toBeNull());
  server.say();
  const { messageId = "", replyTo = "" } = server.running ?? {};
  const ids = { agentId: "echo", messageId, replyTo };
  const end = { message: "one", chunks: 1, finishReason: "error", timestamp: 7 } as const;
  server.emit(ROOM, "chat:message:complete", { ...ids, ...end });
  await run;
  expect(events.at(-1)).toMatchObject({ type: "RUN_ERROR", message: "The answer broke off." });
  expect(String(texts()[1]).trimEnd()).toBe("one");
});

test("a clone is an agent of its own", async () => {
  await say("hello");
  const twin = agent.clone();
  agent.close();
  twin.addMessage({ id: "m2", role: "user", content: "again" });
  await twin.runAgent();
  expect(twin.messages.map(({ content }) => content)).toEqual(["hello", "hello", "again", "again"]);
  expect(texts()).toEqual(["hello", "hello"]);
  twin.close();
});

test("a run may have the newest answer given again, and a snapshot has that one alone", async () => {
  let times = 0;
  server.answerer = () => [`answer ${(times += 1)}`];
  await say("hello");
  agent.setMessages(agent.messages.slice(0, 1));
  await agent.runAgent({ forwardedProps: { regenerate: true } });
  expect(texts()).toEqual(["hello", "answer 2"]);
  expect(server.payloads("chat:message")).toHaveLength(1);
  clearPools();
  agent = newAgent();
  await agent.connectAgent();
  expect(texts()).toEqual(["hello", "answer 2"]);
});
