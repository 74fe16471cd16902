// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { configure } from "../../src/client/config.js";
import type { Connection } from "../../src/client/connection.js";
import { takeConnection } from "../../src/client/connections.js";
import { subscribeToPushNotifications } from "../../src/notifications/client.js";
import { stopNotifying } from "../../src/page/forgetting.js";
import { remember } from "../../src/page/people.js";
import { FakePush, publicKey } from "../notifications/browser.js";
import { FakeChat } from "../server.js";

const ALICE = { userId: "alice", apiKey: "alice-key" };
const BOB = { userId: "bob", apiKey: "bob-key" };

let server: FakeChat;
let push: FakePush;

beforeEach(async () => {
  server = await FakeChat.start();
  server.vapidPublicKey = publicKey();
  push = new FakePush();
  push.install();
  configure({ url: server.url, vapidPublicKey: undefined });
});
afterEach(async () => {
  Reflect.deleteProperty(navigator, "serviceWorker");
  await server.close();
});

/** Somebody opens the page, and turns notifications on. */
async function subscribed({ userId, apiKey }: typeof ALICE): Promise<Connection> {
  const { item: connection, release } = takeConnection({ token: apiKey });
  onTestFinished(release);
  remember(userId);
  await vi.waitFor(() => expect(connection.isConnected).toBe(true));
  await subscribeToPushNotifications({ connection });
  return connection;
}

test("whose key is forgotten, is not notified any more", async () => {
  await subscribed(ALICE);
  await stopNotifying(ALICE);
  expect(push.subscription).toBeNull();
  expect(server.payloads("push:unsubscribe")).toHaveLength(1);
});

test("nobody else's notifications end with it", async () => {
  await subscribed(BOB);
  server.subscribers.clear(); // the server knows the browser as bob's, and is asked about alice's
  const { item, release } = takeConnection({ token: ALICE.apiKey });
  onTestFinished(release);
  await vi.waitFor(() => expect(item.isConnected).toBe(true));
  await stopNotifying(ALICE);
  expect(push.subscription).not.toBeNull();
});

test("a browser that is offline ends them by itself", async () => {
  const connection = await subscribed(ALICE);
  connection.network(false);
  await stopNotifying(ALICE);
  expect(push.subscription).toBeNull();
});

test("where they cannot be ended, that is known", async () => {
  const connection = await subscribed(ALICE);
  connection.network(false);
  push.letsGo = false;
  await expect(stopNotifying(ALICE)).rejects.toThrow("could not be turned off");
});
