// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { configure } from "../../src/client/config.js";
import { takeConnection } from "../../src/client/connections.js";
import {
  isPushSubscribed,
  pushSupport,
  refreshPushSubscription,
  subscribeToPushNotifications,
  unsubscribeFromPushNotifications,
} from "../../src/notifications/client.js";
import { FakeChat } from "../server.js";
import { FakePush } from "./browser.js";

let server: FakeChat;
let push: FakePush;

beforeEach(async () => {
  server = await FakeChat.start();
  push = new FakePush();
  push.install();
  configure({ url: server.url, vapidPublicKey: undefined });
  const { item, release } = takeConnection({ token: "alice-key" });
  await vi.waitFor(() => expect(item.isConnected).toBe(true));
  onTestFinished(release);
});
afterEach(async () => {
  Reflect.deleteProperty(navigator, "serviceWorker");
  await server.close();
});

test("subscribing asks for permission, registers the worker, and tells the server", async () => {
  server.vapidPublicKey = "BAEC";
  const subscription = await subscribeToPushNotifications();
  expect(push.registered).toBe("/sw.js");
  expect(new Uint8Array(subscription.options.applicationServerKey as ArrayBuffer)).toEqual(
    new Uint8Array([4, 1, 2]),
  );
  expect(server.payloads("push:subscribe")).toEqual([{ subscription: subscription.toJSON() }]);
  expect(await isPushSubscribed()).toBe(true);
});

test("the key of the configuration saves a question", async () => {
  configure({ vapidPublicKey: "-_8" });
  const subscription = await subscribeToPushNotifications();
  expect(new Uint8Array(subscription.options.applicationServerKey as ArrayBuffer)).toEqual(
    new Uint8Array([251, 255]),
  );
  expect(server.payloads("push:status")).toEqual([]);
});

test("a browser that is subscribed stays so; with another key it subscribes anew", async () => {
  configure({ vapidPublicKey: "BAEC" });
  const first = await subscribeToPushNotifications();
  expect(await refreshPushSubscription()).toBe(first);
  configure({ vapidPublicKey: "BAED" });
  const second = await refreshPushSubscription();
  expect(second?.endpoint).not.toBe(first.endpoint);
  expect(server.payloads("push:unsubscribe")).toEqual([{ endpoint: first.endpoint }]);
  expect(server.payloads("push:subscribe")).toHaveLength(3);
});

test("what is turned off while the start of a page tells the server of it stays off", async () => {
  server.vapidPublicKey = "BAEC";
  await subscribeToPushNotifications();
  const refreshed = refreshPushSubscription();
  await unsubscribeFromPushNotifications();
  await refreshed;
  expect(await isPushSubscribed()).toBe(false);
  expect(server.payloads("push:subscribe")).toHaveLength(2);
  expect(server.payloads("push:unsubscribe")).toHaveLength(1);
});

test("unsubscribing ends it here and at the server", async () => {
  server.vapidPublicKey = "BAEC";
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
