import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { ChatSession } from "../../src/client/chat/session.js";
import type { ChatLine } from "../../src/client/chat/line.js";
import { Connection } from "../../src/client/connection.js";
import { MemoryStore } from "./memory.js";
import { FakeChat } from "../server.js";

let server: FakeChat;

beforeEach(async () => {
  server = await FakeChat.start();
});
afterEach(() => server.close());

interface Opened {
  session: ChatSession;
  connection: Connection;
  shown: () => [ChatLine["role"], string, ChatLine["state"]][];
}

function open({ store = new MemoryStore(), initial = {} } = {}): Opened {
  const connection = new Connection({ url: server.url, path: "/api/socketio", token: "alice-key" });
  const session = new ChatSession({
    connection,
    agentId: "echo",
    userId: "alice",
    store,
    turn: (_, __, work) => work(),
    initial,
  });
  onTestFinished(() => {
    session.end();
    connection.close();
  });
  session.start();
  connection.open();
  return {
    session,
    connection,
    shown: () => session.state.get().messages.map(({ role, text, state }) => [role, text, state]),
  };
}

async function joined(options?: Parameters<typeof open>[0]): Promise<Opened> {
  const opened = open(options);
  await vi.waitFor(() => expect(opened.session.state.get().isJoined).toBe(true));
  return opened;
}

async function answering({ session }: Opened): Promise<void> {
  await vi.waitFor(() => expect(session.state.get().answering).not.toBeNull());
}

const patient = { timeout: 5_000 };

test("a message is shown at once, then with its answer", async () => {
  const { session, shown } = await joined();
  session.send("Once upon a time");
  expect(shown()).toEqual([["user", "Once upon a time", "queued"]]);
  await vi.waitFor(() => expect(shown().at(-1)).toEqual(["agent", "Once upon a time", "done"]));
  expect(shown()[0]).toEqual(["user", "Once upon a time", "sent"]);
  await vi.waitFor(() => expect(session.state.get().relation?.relationState).toBe("acquaintance"));
  expect(session.state.get()).toMatchObject({ answering: null, isAgentTyping: false });
});

test("an answer grows while it streams, and the agent types until it begins", async () => {
  server.speaks = false;
  const opened = await joined();
  opened.session.send("one two");
  await answering(opened);
  expect(opened.session.state.get().isAgentTyping).toBe(true);
  server.say();
  await vi.waitFor(() => expect(opened.shown().at(-1)).toEqual(["agent", "one ", "streaming"]));
  expect(opened.session.state.get().isAgentTyping).toBe(false);
});

test("a line keeps its key from before it was sent", async () => {
  const { session, shown } = await joined();
  const id = session.send("hi");
  await vi.waitFor(() => expect(shown()).toHaveLength(2));
  expect(session.state.get().messages[0]?.key).toBe(id);
});

test("messages written while an answer streams go out one after the other", async () => {
  server.speaks = false;
  const opened = await joined();
  ["one", "two", "three"].forEach((text) => opened.session.send(text));
  for (const text of ["one", "two", "three"]) {
    await vi.waitFor(() => expect(server.running?.chunks).toEqual([text]));
    expect(server.payloads("chat:message").at(-1)?.["message"]).toBe(text);
    server.finishSpeaking();
  }
  await vi.waitFor(() => expect(opened.shown()).toHaveLength(6));
  expect(server.payloads("chat:message")).toHaveLength(3);
});

test("what is sent without a connection goes out when there is one, in order and once", async () => {
  const store = new MemoryStore();
  const offline = open({ store });
  offline.connection.close();
  ["one", "two", "three"].forEach((text) => offline.session.send(text));
  expect(offline.shown().map(([, , state]) => state)).toEqual(["queued", "queued", "queued"]);
  await vi.waitFor(async () => expect(await store.all("chat:echo:alice")).toHaveLength(3));
  offline.session.end();
  const { shown } = await joined({ store });
  await vi.waitFor(() => expect(shown().filter(([role]) => role === "agent")).toHaveLength(3), patient);
  expect(shown().map(([, text]) => text)).toEqual(["one", "one", "two", "two", "three", "three"]);
});

test("a message whose ack was lost is known by its id, and answered once", async () => {
  server.lostAcks = 1;
  server.speaks = false;
  const { shown } = await joined().then((opened) => (opened.session.send("hello you"), opened));
  await vi.waitFor(() => expect(server.payloads("chat:join")).toHaveLength(2), patient);
  server.finishSpeaking();
  await vi.waitFor(() => expect(shown().at(-1)).toEqual(["agent", "hello you", "done"]), patient);
  expect(shown().map(([role]) => role)).toEqual(["user", "agent"]);
});

test("a message that meets an answer of another device waits for its end", async () => {
  server.speaks = false;
  const opened = await joined();
  server.refusals["chat:message"] = [
    { code: "conflict", message: "Still answering.", messageId: "01M000099" },
  ];
  opened.session.send("hi");
  await vi.waitFor(() => expect(server.payloads("chat:resume")).toHaveLength(1)); // it is asked about, and is over
  await vi.waitFor(() => expect(server.running?.chunks).toEqual(["hi"]), patient);
  server.finishSpeaking();
  await vi.waitFor(
    () =>
      expect(opened.shown()).toEqual([
        ["user", "hi", "sent"],
        ["agent", "hi", "done"],
      ]),
    patient,
  );
});

test("a refused message says why, and is sent again or given up", async () => {
  server.refusals["chat:message"] = [{ code: "not_found", message: "There is no such agent." }];
  const { session, shown } = await joined();
  const id = session.send("hi");
  await vi.waitFor(() => expect(shown()).toEqual([["user", "hi", "failed"]]));
  expect(session.state.get().messages[0]?.error).toMatchObject({
    code: "not_found",
    message: "There is no such agent.",
  });
  session.retry(id);
  await vi.waitFor(() => expect(shown().at(-1)).toEqual(["agent", "hi", "done"]));
  server.refusals["chat:message"] = [{ code: "not_found", message: "" }];
  const other = session.send("again");
  await vi.waitFor(() => expect(shown().at(-1)).toEqual(["user", "again", "failed"]));
  expect(session.discard(other)).toBe("again");
  expect(shown()).toHaveLength(2);
});

test("a message that is too long is refused before it is shown", async () => {
  const { session, shown } = await joined();
  expect(() => session.send("a".repeat(8_001))).toThrow(expect.objectContaining({ code: "too_large" }));
  expect(shown()).toEqual([]);
});

test("a chunk that was lost is asked for", async () => {
  server.lostChunks.add(1);
  const { session, shown } = await joined();
  const heard = vi.fn();
  session.events.on("chat:message:stream", ({ chunk }) => heard(chunk));
  session.send("Once upon a time");
  await vi.waitFor(() => expect(shown().at(-1)).toEqual(["agent", "Once upon a time", "done"]));
});

test("listeners hear every chunk in order and once, whatever was lost or came twice", async () => {
  server.speaks = false;
  server.lostChunks.add(1);
  const opened = await joined();
  let text = "";
  opened.session.events.on("chat:message:stream", ({ chunk }) => (text += chunk));
  opened.session.send("Once upon a time");
  await answering(opened);
  [1, 2, 3].forEach(() => server.say());
  server.repeat(2);
  await vi.waitFor(() => expect(text).toBe("Once upon a "));
  server.say();
  server.repeat(0);
  await vi.waitFor(() => expect(text).toBe("Once upon a time"));
});

test("a break in the middle of an answer leaves no gap", async () => {
  server.speaks = false;
  const opened = await joined();
  const { session, shown } = opened;
  let text = "";
  session.events.on("chat:message:stream", ({ chunk }) => (text += chunk));
  session.send("Once upon a time");
  await answering(opened);
  server.say();
  await vi.waitFor(() => expect(text).toBe("Once "));
  server.cut();
  await vi.waitFor(() => expect(session.state.get().isJoined).toBe(false));
  server.say();
  server.say();
  await vi.waitFor(() => expect(text).toBe("Once upon a "), patient);
  server.finishSpeaking();
  await vi.waitFor(() => expect(shown().at(-1)).toEqual(["agent", "Once upon a time", "done"]));
  expect(text).toBe("Once upon a time");
  expect(server.payloads("chat:join").at(-1)?.["since"]).toBe(session.state.get().messages[0]?.messageId);
});

test("an answer that ended during a break is whole afterwards", async () => {
  server.speaks = false;
  const opened = await joined();
  const completed = vi.fn();
  opened.session.events.on("chat:message:complete", ({ message }) => completed(message));
  opened.session.send("Once upon a time");
  await answering(opened);
  server.say();
  server.cut();
  await vi.waitFor(() => expect(opened.session.state.get().isJoined).toBe(false));
  server.finishSpeaking();
  await vi.waitFor(
    () => expect(opened.shown().at(-1)).toEqual(["agent", "Once upon a time", "done"]),
    patient,
  );
  expect(completed).toHaveBeenCalledExactlyOnceWith("Once upon a time");
});

test("a page that opens in the middle of an answer sees all of it", async () => {
  server.speaks = false;
  const first = await joined();
  first.session.send("Once upon a time");
  await answering(first);
  server.say();
  server.say();
  const second = await joined();
  expect(second.shown()).toEqual([
    ["user", "Once upon a time", "sent"],
    ["agent", "Once upon ", "streaming"],
  ]);
  server.finishSpeaking();
  await vi.waitFor(() => expect(second.shown().at(-1)).toEqual(["agent", "Once upon a time", "done"]));
});

test("what was said during a break longer than a page is all there, and told in order", async () => {
  const { session, shown } = await joined();
  const told: string[] = [];
  session.events.on("chat:message", ({ message }) => told.push(message));
  session.events.on("chat:message:complete", ({ message }) => told.push(message));
  session.send("hi");
  await vi.waitFor(() => expect(shown().at(-1)?.[2]).toBe("done"));
  server.cut();
  await vi.waitFor(() => expect(session.state.get().isJoined).toBe(false));
  for (let n = 0; n < 130; n += 1) server.remember("echo", "alice", n % 2 ? "agent" : "user", `missed ${n}`);
  await vi.waitFor(() => expect(shown().at(-1)?.[1]).toBe("missed 129"), patient);
  const missed = Array.from({ length: 130 }, (_, n) => `missed ${n}`);
  expect(shown().map(([, text]) => text)).toEqual(["hi", "hi", ...missed]);
  expect(told).toEqual(["hi", ...missed]);
});

test("earlier messages are loaded page by page, until there are none", async () => {
  for (let n = 0; n < 120; n += 1) server.remember("echo", "alice", "user", `text ${n}`);
  const { session } = await joined();
  expect(session.state.get()).toMatchObject({ hasEarlier: true, isLoadingEarlier: false });
  expect(session.state.get().messages).toHaveLength(50);
  const loading = session.loadEarlier();
  expect(session.state.get().isLoadingEarlier).toBe(true);
  await Promise.all([loading, session.loadEarlier()]);
  expect(session.state.get().messages).toHaveLength(100);
  await session.loadEarlier();
  expect(session.state.get()).toMatchObject({ hasEarlier: false });
  expect(session.state.get().messages.map(({ text }) => text)).toEqual(
    Array.from({ length: 120 }, (_, n) => `text ${n}`),
  );
});

test("what was shown before the chat is entered is not shown twice", async () => {
  const message = server.remember("echo", "alice", "agent", "Welcome back.");
  const { shown } = open({ initial: { messages: [message] } });
  expect(shown()).toEqual([["agent", "Welcome back.", "done"]]);
  await vi.waitFor(() => expect(server.payloads("chat:join")).toHaveLength(1));
  expect(shown()).toEqual([["agent", "Welcome back.", "done"]]);
});

test("stop ends the answer and keeps what was said", async () => {
  server.speaks = false;
  const opened = await joined();
  opened.session.send("Once upon a time");
  await answering(opened);
  server.say();
  await opened.session.stop();
  await vi.waitFor(() => expect(opened.shown().at(-1)).toEqual(["agent", "Once", "done"]));
  expect(opened.session.state.get().messages.at(-1)?.finishReason).toBe("stopped");
});

test("the user's other devices see messages and typing, and forget the typing when the message comes", async () => {
  const [one, two] = [await joined(), await joined()];
  one.session.setTyping(true);
  await vi.waitFor(() => expect(two.session.state.get().isTypingElsewhere).toBe(true));
  one.session.send("hi");
  await vi.waitFor(() =>
    expect(two.shown()).toEqual([
      ["user", "hi", "sent"],
      ["agent", "hi", "done"],
    ]),
  );
  expect(two.session.state.get().isTypingElsewhere).toBe(false);
});

test("a chat that cannot be entered says why; one that cannot be entered now is entered later", async () => {
  server.refusals["chat:join"] = [
    { code: "unavailable", message: "", retryAfterMs: 5 },
    { code: "not_found", message: "There is no such agent." },
  ];
  const { session } = open();
  await vi.waitFor(() => expect(session.state.get().error).toMatchObject({ code: "not_found" }));
  expect(server.payloads("chat:join")).toHaveLength(2);
  session.enter();
  await vi.waitFor(() => expect(session.state.get()).toMatchObject({ isJoined: true, error: null }));
});

test("events of other chats are none of its business", async () => {
  const { session, shown } = await joined();
  const heard = vi.fn();
  session.events.onAny(heard);
  const message = {
    agentId: "other",
    userId: "alice",
    messageId: "01M9",
    role: "agent",
    message: "?",
    timestamp: 1,
  } as const;
  server.emit("user:alice", "chat:message", message);
  server.emit("user:alice", "chat:message", { ...message, agentId: "echo" });
  await vi.waitFor(() => expect(shown()).toEqual([["agent", "?", "done"]]));
  expect(heard).toHaveBeenCalledOnce();
});

test("it leaves when it ends", async () => {
  const { session, connection } = await joined();
  session.end();
  await connection.ask("agent:subscribe", { agentId: "echo" });
  expect(server.payloads("chat:leave")).toEqual([{ agentId: "echo" }]);
});

test.each(["stop", "length", "stopped", "error"] as const)(
  "how an answer ended (%s) is the same live, in the history, and after a break",
  async (finishReason) => {
    const opened = await joined();
    const completed = vi.fn();
    opened.session.events.on("chat:message:complete", (body) => completed(body.finishReason));
    opened.session.send("hi");
    await vi.waitFor(() => expect(opened.shown().at(-1)?.[2]).toBe("done"));
    server.cut();
    await vi.waitFor(() => expect(opened.session.state.get().isJoined).toBe(false));
    server.remember("echo", "alice", "agent", "Once upon a", finishReason);
    await vi.waitFor(() => expect(opened.session.state.get().messages).toHaveLength(3), patient);
    const reloaded = await joined();
    for (const { session } of [opened, reloaded])
      expect(session.state.get().messages.map((line) => line.finishReason)).toEqual([
        undefined,
        "stop",
        finishReason,
      ]);
    expect(completed.mock.calls).toEqual([["stop"], [finishReason]]);
  },
);

test("what a page was rendered with says how an answer ended", () => {
  const message = { ...server.remember("echo", "alice", "agent", "Once", "error") };
  const { session } = open({ initial: { messages: [message] } });
  expect(session.state.get().messages[0]?.finishReason).toBe("error");
});
