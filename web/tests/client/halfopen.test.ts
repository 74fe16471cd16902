import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { ChatSession } from "../../src/client/chat/session.js";
import { Connection } from "../../src/client/connection.js";
import { Proxy } from "../proxy.js";
import { FakeChat } from "../server.js";
import { MemoryStore } from "./memory.js";

// A network that has gone tells nobody: the connection stays open, and carries nothing.

const STEP_MS = 100; // of the fake clock, for each of which the network is given some real time
const ANSWER_MS_MAX = 35_000;
const HEARTBEAT = { pingInterval: 120_000, pingTimeout: 50_000 }; // as deployed
const real = setTimeout;

let server: FakeChat;
let proxy: Proxy;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  server = await FakeChat.start(HEARTBEAT);
  proxy = await Proxy.to(server.url);
});
afterEach(async () => {
  proxy.close();
  await server.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Lets time pass until something is so; returns how much. */
async function until(isSo: () => boolean, maxMs = ANSWER_MS_MAX): Promise<number> {
  for (let passed = 0; passed <= maxMs; passed += STEP_MS) {
    if (isSo()) return passed;
    await pass(STEP_MS);
  }
  throw new Error(`it is not so after ${maxMs} ms`);
}

async function pass(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    await vi.advanceTimersByTimeAsync(STEP_MS);
    await new Promise((resolve) => real(resolve, 2));
  }
}

interface Opened {
  connection: Connection;
  session: ChatSession;
  last: () => string | undefined;
}

async function open(): Promise<Opened> {
  const connection = new Connection({ url: proxy.url, path: "/api/socketio", token: "alice-key" });
  const session = new ChatSession({
    connection,
    agentId: "echo",
    userId: "alice",
    store: new MemoryStore(),
    turn: (_, __, work) => work(),
  });
  onTestFinished(() => {
    session.end();
    connection.close();
  });
  session.start();
  connection.open();
  await until(() => session.state.get().isJoined);
  return { connection, session, last: () => answerOf(session) };
}

function answerOf(session: ChatSession): string | undefined {
  return session.state.get().messages.findLast(({ role, state }) => role === "agent" && state === "done")
    ?.text;
}

test("a message into a half-open connection has its answer within 35 s", async () => {
  const { session, last } = await open();
  proxy.freeze();
  session.send("hello");
  const tookMs = await until(() => last() === "hello");
  expect(tookMs).toBeLessThanOrEqual(ANSWER_MS_MAX);
  expect(server.payloads("chat:message")).toHaveLength(1);
});

test("so has one whose connection went half open while it was answered", async () => {
  server.speaks = false;
  const { session, last } = await open();
  session.send("hello there");
  await until(() => server.running !== null && session.state.get().answering !== null);
  proxy.freeze();
  server.finishSpeaking();
  await until(() => last() === "hello there");
});

test("so has one that follows failures: a new connection ends the pauses of old ones", async () => {
  const { session, last } = await open();
  server.refusals["chat:message"] = Array.from({ length: 6 }, () => ({
    code: "unavailable" as const,
    message: "",
  }));
  session.send("hello");
  await until(() => server.refusals["chat:message"]?.length === 0, 60_000); // the next pause is 30 s
  server.cut();
  expect(await until(() => last() === "hello", 10_000)).toBeLessThan(10_000);
});

test("a network that swallows new connections too is tried until it carries again", async () => {
  const { session, last } = await open();
  proxy.isDown = true;
  proxy.freeze();
  session.send("hello");
  await pass(60_000);
  proxy.isDown = false;
  await until(() => last() === "hello");
});

test("a CONNECT that is not answered is not waited for", async () => {
  const connection = new Connection({ url: proxy.url, path: "/api/socketio", token: "alice-key" });
  onTestFinished(() => connection.close());
  connection.socket.io.once("open", () => proxy.freeze());
  connection.open();
  await until(() => connection.isConnected);
});

test("a connection that is slow, but carries something, is kept", async () => {
  const { connection } = await open();
  server.delayMs = 13_000;
  const news = { agentId: "echo", name: "Echo", status: "available", timestamp: 1 } as const;
  const answered = vi.fn();
  void connection.ask("chat:leave", { agentId: "echo" }).then(answered, answered);
  for (let n = 0; n < 14; n += 1) {
    await pass(1_000);
    server.emit("user:alice", "agent:updated", news);
  }
  await until(() => answered.mock.calls.length > 0);
  expect(answered).toHaveBeenCalledWith({ ok: true });
  expect(proxy.count).toBe(1);
});

test("an ack that was lost on the way costs no connection that carries the next", async () => {
  const { connection } = await open();
  server.silentAbout = "chat:leave";
  const asked = expect(connection.ask("chat:leave", { agentId: "echo" })).rejects.toMatchObject({
    code: "unavailable",
  });
  await pass(16_000);
  await asked;
  await pass(60_000);
  expect(connection.isConnected).toBe(true);
  expect(proxy.count).toBe(1);
});

test("a link that is too slow for the patience is given more", async () => {
  const { session, last } = await open();
  server.delayMs = 14_000; // longer than the first two doubts take together
  session.send("hello");
  await until(() => last() === "hello", 120_000);
  expect(proxy.count).toBeLessThanOrEqual(4);
});

test("`offline` that lies is tried again by and by", async () => {
  vi.stubGlobal("navigator", { onLine: false });
  const { connection, session, last } = await open();
  connection.network(false);
  expect(connection.state.get().status).toBe("offline");
  session.send("hello");
  await until(() => last() === "hello");
});

test("`online` makes a connection that seems to be there prove it", async () => {
  const { connection } = await open();
  proxy.freeze();
  connection.network(true);
  await until(() => !connection.isConnected, 15_000);
  await until(() => connection.isConnected, 15_000);
});
