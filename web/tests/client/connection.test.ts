import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Connection, type ConnectionOptions } from "../../src/client/connection.js";
import { FakeChat } from "../server.js";

const NOBODY = "http://127.0.0.1:9"; // the port of RFC 863, where nobody listens

let server: FakeChat;

beforeEach(async () => {
  server = await FakeChat.start();
});
afterEach(() => server.close());

function connect(options: Partial<ConnectionOptions> = {}): Connection {
  const connection = new Connection({
    url: server.url,
    path: "/api/socketio",
    token: "alice-key",
    ...options,
  });
  onTestFinished(() => connection.close());
  connection.open();
  return connection;
}

async function connected(options?: Partial<ConnectionOptions>): Promise<Connection> {
  const connection = connect(options);
  await vi.waitFor(() => expect(connection.isConnected).toBe(true));
  return connection;
}

test("it connects, and sends an event whose ack is a promise", async () => {
  const connection = await connected();
  const joined = await connection.ask("chat:join", { agentId: "echo" });
  expect(joined.room).toBe("chat:echo:alice");
});

test("a refusal on the ack is an error with its code and what goes with it", async () => {
  server.refusals["chat:message"] = [{ code: "rate_limited", message: "Too fast.", retryAfterMs: 700 }];
  const connection = await connected();
  const asked = connection.ask("chat:message", { agentId: "echo", message: "hi" });
  await expect(asked).rejects.toMatchObject({
    code: "rate_limited",
    message: "Too fast.",
    extra: { retryAfterMs: 700 },
  });
});

test("an event whose connection is lost counts as unanswered", async () => {
  server.lostAcks = 1;
  const connection = await connected();
  const asked = connection.ask("chat:message", { agentId: "echo", message: "hi" });
  const outcome = expect(asked).rejects.toMatchObject({ code: "unavailable" });
  await outcome;
});

test("listeners hear events until they are taken away", async () => {
  const connection = await connected();
  const heard = vi.fn();
  const end = connection.on("agent:updated", heard);
  const news = { agentId: "echo", name: "Echo", status: "available", timestamp: 1 } as const;
  server.emit("user:alice", "agent:updated", news);
  await vi.waitFor(() => expect(heard).toHaveBeenCalledWith(news));
  end();
  server.emit("user:alice", "agent:updated", news);
  await connection.ask("chat:join", { agentId: "echo" });
  expect(heard).toHaveBeenCalledOnce();
});

test("a refused connection says why and stops", async () => {
  server.refusal = { code: "unauthorized", message: "This API key is not known." };
  const connection = connect();
  await vi.waitFor(() => expect(connection.state.get().status).toBe("refused"));
  expect(connection.state.get()).toMatchObject({
    error: { code: "unauthorized", message: "This API key is not known." },
  });
  expect(connection.socket.active).toBe(false);
  server.refusal = null;
  connection.retry();
  await vi.waitFor(() => expect(connection.isConnected).toBe(true));
});

test("with WebSockets switched off nothing is tried", () => {
  const connection = connect({ enabled: false });
  expect(connection.state.get()).toMatchObject({ status: "refused", error: { code: "unavailable" } });
  expect(connection.socket.active).toBe(false);
});

test("a lost connection comes back by itself", async () => {
  const connection = await connected();
  const seen: string[] = [];
  connection.state.subscribe(() => seen.push(connection.state.get().status));
  server.cut();
  await vi.waitFor(() => expect(seen.at(-1)).toBe("connected"), 4_000);
  expect(seen[0]).toBe("reconnecting");
});

test("who is sent away by the server connects again and learns why", async () => {
  const connection = await connected();
  server.refusal = { code: "unauthorized", message: "This API key is not known." };
  server.sockets.forEach((socket) => socket.disconnect());
  await vi.waitFor(() => expect(connection.state.get().status).toBe("reconnecting"));
  await vi.waitFor(() => expect(connection.state.get().status).toBe("refused"), 3_000);
});

test("without reconnection a lost connection waits until it is wanted", async () => {
  const connection = await connected({ reconnection: false });
  server.cut();
  await vi.waitFor(() => expect(connection.state.get().status).toBe("offline"));
  connection.retry();
  await vi.waitFor(() => expect(connection.isConnected).toBe(true));
});

test("after its attempts it waits", async () => {
  const connection = connect({ url: NOBODY, reconnectionAttempts: 1 });
  await vi.waitFor(() => expect(connection.state.get().status).toBe("offline"), 4_000);
});

test("without a network it waits, and tries at once when that is back", async () => {
  const connection = connect();
  connection.network(false);
  expect(connection.state.get().status).toBe("offline");
  connection.network(true);
  await vi.waitFor(() => expect(connection.isConnected).toBe(true));
});

test("a network that goes takes its connection with it, and brings it back", async () => {
  const connection = await connected();
  connection.network(false);
  expect(connection.state.get().status).toBe("offline");
  connection.network(true);
  await vi.waitFor(() => expect(connection.isConnected).toBe(true));
});

test("a frame that would end the connection is refused here: on the promise, on the ack, and as an event", async () => {
  const connection = await connected();
  const payload = { agentId: "echo", message: "ü".repeat(17_000) };
  const refusal = { code: "too_large", limit: 32_768 };
  await expect(connection.ask("chat:message", payload)).rejects.toMatchObject({
    code: "too_large",
    extra: { limit: 32_768 },
  });
  const ack = vi.fn();
  connection.emit("chat:message", payload, ack);
  expect(ack).toHaveBeenCalledWith({ ok: false, error: expect.objectContaining(refusal) as object });
  const heard = vi.fn();
  connection.on("error", heard);
  connection.emit("chat:message", payload);
  expect(heard).toHaveBeenCalledWith(expect.objectContaining({ event: "chat:message", ...refusal }));
  await connection.ask("chat:join", { agentId: "echo" });
  expect(server.payloads("chat:message")).toEqual([]);
});

test("a token that ends is renewed before, and every connection has the newest", async () => {
  const asked = vi.fn((_token: string, isExpiring: boolean) =>
    Promise.resolve(isExpiring ? "alice-key-2" : "alice-key"),
  );
  await connected({ token: "stands-for-it", freshToken: asked });
  expect(asked).toHaveBeenCalledWith("stands-for-it", false);
  server.emit("user:alice", "auth:expiring", { expiresAt: 1 });
  await vi.waitFor(() => expect(server.refreshes).toEqual(["alice-key-2"]));
  expect(asked).toHaveBeenLastCalledWith("stands-for-it", true);
});

test("a token that cannot be had just now leaves the connection as it is", async () => {
  const freshToken = (_token: string, isExpiring: boolean): Promise<string> =>
    isExpiring ? Promise.reject(new Error("offline")) : Promise.resolve("alice-key");
  const connection = await connected({ freshToken });
  server.emit("user:alice", "auth:expiring", { expiresAt: 1 });
  const joined = await connection.ask("chat:join", { agentId: "echo" });
  expect(joined.room).toBe("chat:echo:alice");
  expect(server.refreshes).toEqual([]);
});
