import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Connection } from "../../src/client/connection.js";
import { presenceOf, type PresenceBook } from "../../src/client/presence.js";
import { FakeChat } from "../server.js";

let server: FakeChat;
let connection: Connection;
let book: PresenceBook;

beforeEach(async () => {
  server = await FakeChat.start();
  connection = new Connection({ url: server.url, path: "/api/socketio", token: "alice-key" });
  onTestFinished(() => connection.close());
  connection.open();
  book = presenceOf(connection);
});
afterEach(() => server.close());

const online = { userId: "bob", status: "online", lastSeen: 7, timestamp: 7 } as const;

test("a user is asked about once, and news are heard", async () => {
  book.ask("bob");
  book.ask("bob");
  await vi.waitFor(() => expect(book.known.get()["bob"]).toEqual({ status: "offline", lastSeen: null }));
  server.presence(online);
  await vi.waitFor(() => expect(book.known.get()["bob"]).toEqual({ status: "online", lastSeen: 7 }));
  expect(server.payloads("presence:subscribe")).toEqual([{ userIds: ["bob"] }]);
});

test("users that are asked about together go in one event, a hundred at most", async () => {
  await vi.waitFor(() => expect(connection.isConnected).toBe(true));
  for (let n = 0; n < 150; n += 1) book.ask(`user-${n}`);
  book.ask(""); // no user's id: the server would refuse the others with it
  await vi.waitFor(() => expect(Object.keys(book.known.get())).toHaveLength(150));
  expect(server.payloads("presence:subscribe").map(({ userIds }) => (userIds as string[]).length)).toEqual([
    100, 50,
  ]);
});

test("older news than what is known are ignored", async () => {
  server.presence(online);
  await vi.waitFor(() => expect(connection.isConnected).toBe(true));
  server.presence(online);
  server.presence({ ...online, status: "offline", timestamp: 6 });
  server.presence({ userId: "carol", status: "away", lastSeen: 1, timestamp: 1 });
  await vi.waitFor(() => expect(book.known.get()["carol"]).toBeDefined());
  expect(book.known.get()["bob"]?.status).toBe("online");
});

test("a new connection subscribes to the same users again", async () => {
  book.ask("bob");
  await vi.waitFor(() => expect(server.payloads("presence:subscribe")).toHaveLength(1));
  server.cut();
  await vi.waitFor(() => expect(server.payloads("presence:subscribe")).toHaveLength(2), 4_000);
  expect(server.payloads("presence:subscribe")[1]).toEqual({ userIds: ["bob"] });
});

test("what is refused for now is asked again", async () => {
  server.refusals["presence:subscribe"] = [{ code: "rate_limited", message: "", retryAfterMs: 5 }];
  book.ask("bob");
  await vi.waitFor(() => expect(book.known.get()["bob"]).toBeDefined());
});
