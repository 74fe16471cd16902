// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Connection } from "../../src/client/connection.js";
import { watchPage } from "../../src/client/page.js";
import { FakeChat } from "../server.js";

let server: FakeChat;
let connection: Connection;
let visibility: DocumentVisibilityState;

beforeEach(async () => {
  server = await FakeChat.start();
  show("visible");
  connection = new Connection({ url: server.url, path: "/api/socketio", token: "alice-key" });
  const unwatch = watchPage(connection);
  onTestFinished(() => {
    unwatch();
    connection.close();
    vi.useRealTimers();
  });
  connection.open();
  await vi.waitFor(() => expect(connection.isConnected).toBe(true));
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
});
afterEach(() => server.close());

function show(state: DocumentVisibilityState): void {
  visibility = state;
  vi.spyOn(document, "visibilityState", "get").mockImplementation(() => visibility);
  document.dispatchEvent(new Event("visibilitychange"));
}

/** What the server has been told, after everything that was on its way. */
async function told(): Promise<string[]> {
  await connection.ask("chat:leave", { agentId: "echo" });
  return server.received.map(({ event }) => event).filter((event) => event.startsWith("presence:"));
}

test("a page that nobody looks at is away, and online when somebody does", async () => {
  show("hidden");
  vi.advanceTimersByTime(2_000);
  show("visible");
  expect(await told()).toEqual(["presence:away", "presence:online"]);
});

test("a glance at another tab is no absence", async () => {
  for (let n = 0; n < 5; n += 1) {
    show("hidden");
    vi.advanceTimersByTime(500);
    show("visible");
    vi.advanceTimersByTime(500);
  }
  vi.advanceTimersByTime(5_000);
  expect(await told()).toEqual([]);
});

test("a new connection of a hidden page says so at once", async () => {
  show("hidden");
  vi.advanceTimersByTime(2_000);
  expect(await told()).toEqual(["presence:away"]);
  server.cut();
  await vi.waitFor(() => expect(connection.isConnected).toBe(false));
  await vi.waitFor(() => expect(connection.isConnected).toBe(true), 4_000);
  expect(await told()).toEqual(["presence:away", "presence:away"]);
});

test("closing says nothing", async () => {
  connection.close();
  vi.advanceTimersByTime(5_000);
  await vi.waitFor(() => expect(server.sockets).toEqual([]));
  expect(server.received).toEqual([]);
});

test("the browser's word about its network is taken at once", async () => {
  server.cut();
  await vi.waitFor(() => expect(connection.state.get().status).toBe("reconnecting"));
  window.dispatchEvent(new Event("offline"));
  expect(connection.state.get().status).toBe("offline");
  window.dispatchEvent(new Event("online"));
  expect(connection.state.get().status).toBe("connecting");
});
