// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { configure } from "../../src/client/config.js";
import type { Connection } from "../../src/client/connection.js";
import { takeConnection } from "../../src/client/connections.js";
import {
  isPushSubscribed,
  pushSupport,
  refreshPushSubscription,
  subscribeToPushNotifications,
  unsubscribeFromPushNotifications,
} from "../../src/notifications/client.js";
import { FakeChat } from "../server.js";
import { FakePush, publicKey } from "./browser.js";

let server: FakeChat;
let push: FakePush;
let connection: Connection;

beforeEach(async () => {
  server = await FakeChat.start();
  push = new FakePush();
  push.install();
  configure({ url: server.url, vapidPublicKey: undefined });
  const { item, release } = takeConnection({ token: "alice-key" });
  await vi.waitFor(() => expect(item.isConnected).toBe(true));
  connection = item;
  onTestFinished(release);
});
afterEach(async () => {
  Reflect.deleteProperty(navigator, "serviceWorker");
  await server.close();
});

function keyOf({ options }: PushSubscription): string {
  return Buffer.from(options.applicationServerKey ?? new ArrayBuffer(0)).toString("base64url");
}

test("subscribing asks for permission, registers the worker, and tells the server", async () => {
  server.vapidPublicKey = publicKey();
  const subscription = await subscribeToPushNotifications();
  expect(push.registered).toBe("/sw.js");
  expect(keyOf(subscription)).toBe(publicKey());
  expect(server.payloads("push:subscribe")).toEqual([{ subscription: subscription.toJSON() }]);
  expect(await isPushSubscribed()).toBe(true);
});

test("the key of the configuration saves a question", async () => {
  configure({ vapidPublicKey: publicKey(255) });
  const subscription = await subscribeToPushNotifications();
  expect(keyOf(subscription)).toBe(publicKey(255));
  expect(server.payloads("push:status")).toEqual([]);
});

test("a browser that is subscribed stays so; with another key it subscribes anew", async () => {
  configure({ vapidPublicKey: publicKey() });
  const first = await subscribeToPushNotifications();
  expect(await refreshPushSubscription()).toBe(first);
  configure({ vapidPublicKey: publicKey(2) });
  const second = await refreshPushSubscription();
  expect(second?.endpoint).not.toBe(first.endpoint);
  expect(server.payloads("push:unsubscribe")).toEqual([{ endpoint: first.endpoint }]);
  expect(server.payloads("push:subscribe")).toHaveLength(3);
});

test("a subscription that is known to be of another key does not count as one", async () => {
  server.vapidPublicKey = publicKey();
  await subscribeToPushNotifications();
  expect(await isPushSubscribed()).toBe(true);
  server.vapidPublicKey = publicKey(2);
  expect(await isPushSubscribed()).toBe(false);
});

test("a subscription whose key the browser does not tell is kept", async () => {
  push.tellsKey = false;
  server.vapidPublicKey = publicKey();
  const first = await subscribeToPushNotifications();
  expect(await refreshPushSubscription()).toBe(first);
  expect(await isPushSubscribed()).toBe(true);
  expect(server.payloads("push:unsubscribe")).toEqual([]);
});

test("a subscription is replaced also where the server cannot be told that the old one is gone", async () => {
  server.vapidPublicKey = publicKey();
  const first = await subscribeToPushNotifications();
  server.vapidPublicKey = publicKey(2);
  server.refusals["push:unsubscribe"] = [{ code: "unavailable", message: "Not now." }];
  expect((await refreshPushSubscription())?.endpoint).not.toBe(first.endpoint);
});

test("without a connection the browser alone unsubscribes; where neither can, that is said", async () => {
  server.vapidPublicKey = publicKey();
  await subscribeToPushNotifications();
  connection.network(false);
  push.letsGo = false;
  await expect(unsubscribeFromPushNotifications()).rejects.toMatchObject({ code: "unavailable" });
  push.letsGo = true;
  expect(await unsubscribeFromPushNotifications()).toBe(true);
  expect(push.subscription).toBeNull();
});

test("where the browser does not let go, the server does", async () => {
  server.vapidPublicKey = publicKey();
  await subscribeToPushNotifications();
  push.letsGo = false;
  expect(await unsubscribeFromPushNotifications()).toBe(true);
  expect(server.payloads("push:unsubscribe")).toHaveLength(1);
});

test("what is turned off while the start of a page tells the server of it stays off", async () => {
  server.vapidPublicKey = publicKey();
  await subscribeToPushNotifications();
  const refreshed = refreshPushSubscription();
  await unsubscribeFromPushNotifications();
  await refreshed;
  expect(await isPushSubscribed()).toBe(false);
  expect(server.payloads("push:subscribe")).toHaveLength(2);
  expect(server.payloads("push:unsubscribe")).toHaveLength(1);
});

test("unsubscribing ends it here and at the server", async () => {
  server.vapidPublicKey = publicKey();
  const { endpoint } = await subscribeToPushNotifications();
  expect(await unsubscribeFromPushNotifications()).toBe(true);
  expect(server.payloads("push:unsubscribe")).toEqual([{ endpoint }]);
  expect(await isPushSubscribed()).toBe(false);
  expect(await unsubscribeFromPushNotifications()).toBe(false);
});

test("nothing happens without permission", async () => {
  push.answer = "denied";
  await expect(subscribeToPushNotifications()).rejects.toMatchObject({ code: "forbidden" });
  expect(push.registered).toBeNull();
  expect(pushSupport()).toBe("denied");
  expect(await refreshPushSubscription()).toBeNull();
});

test("a deployment without push says so", async () => {
  await expect(subscribeToPushNotifications()).rejects.toMatchObject({ code: "unavailable" });
});

test("a browser without push says so, and an iPhone what to do", async () => {
  Reflect.deleteProperty(navigator, "serviceWorker");
  expect(pushSupport()).toBe("unsupported");
  await expect(subscribeToPushNotifications()).rejects.toMatchObject({ code: "unavailable" });
  expect(await isPushSubscribed()).toBe(false);
  vi.spyOn(navigator, "userAgent", "get").mockReturnValue(
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)",
  );
  expect(pushSupport()).toBe("home-screen");
  vi.stubGlobal("matchMedia", () => ({ matches: true }));
  expect(pushSupport()).toBe("unsupported");
});

test("an iPad that says it is a Mac is known by its touch screen", () => {
  Reflect.deleteProperty(navigator, "serviceWorker");
  vi.spyOn(navigator, "userAgent", "get").mockReturnValue("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)");
  vi.spyOn(navigator, "maxTouchPoints", "get").mockReturnValue(5);
  expect(pushSupport()).toBe("home-screen");
});
