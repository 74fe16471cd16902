// @vitest-environment happy-dom
import { cleanup, render, screen, waitFor } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { StrictMode } from "react";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { configure } from "../../src/client/config.js";
import { latestConnection, takeConnection } from "../../src/client/connections.js";
import { NotificationSettings } from "../../src/components/notifications/NotificationSettings.js";
import { FakePush, publicKey } from "../notifications/browser.js";
import { FakeChat } from "../server.js";

const AGENTS = [
  { agentId: "mira", name: "Mira" },
  { agentId: "echo", name: "Echo" },
];

let server: FakeChat;
let push: FakePush;
let release: () => void;

beforeEach(async () => {
  server = await FakeChat.start();
  server.vapidPublicKey = publicKey();
  push = new FakePush();
  push.install();
  configure({ url: server.url, vapidPublicKey: undefined });
  const lease = takeConnection({ token: "alice-key" });
  release = lease.release;
  await vi.waitFor(() => expect(lease.item.isConnected).toBe(true));
  onTestFinished(release);
});
afterEach(async () => {
  cleanup();
  Reflect.deleteProperty(navigator, "serviceWorker");
  await server.close();
});

function open() {
  render(<NotificationSettings agents={AGENTS} />, { wrapper: StrictMode });
  return userEvent.setup();
}

/** Clicks once it can be clicked: the server says first whether this device is subscribed. */
async function turnOn(user: UserEvent): Promise<void> {
  const button = await screen.findByRole("button", { name: "Turn on notifications" });
  await vi.waitFor(() => expect(button).toHaveProperty("disabled", false));
  await user.click(button);
}

async function subscribed() {
  const user = open();
  await turnOn(user);
  await screen.findByText("Notifications are on");
  await screen.findByRole("group", { name: "Quiet hours" });
  return user;
}

test("what they are for is said before the browser asks", async () => {
  const user = open();
  expect(screen.getByText("Know when an answer is there")).toBeTruthy();
  expect(push.permission).toBe("default");
  await turnOn(user);
  await screen.findByText("Notifications are on");
  expect(server.payloads("push:subscribe")).toHaveLength(1);
});

test("they can be turned off again", async () => {
  const user = await subscribed();
  await user.click(screen.getByRole("button", { name: "Turn off" }));
  await screen.findByRole("button", { name: "Turn on notifications" });
  expect(push.subscription).toBeNull();
  expect(server.payloads("push:unsubscribe")).toHaveLength(1);
});

test("settings that come before their connection wait for it", async () => {
  await subscribed();
  cleanup();
  release();
  await vi.waitFor(() => expect(latestConnection()).toBeUndefined(), { timeout: 3_000 });
  open();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Turn on notifications" }).disabled).toBe(
    true,
  );
  const lease = takeConnection({ token: "alice-key" });
  onTestFinished(lease.release);
  await screen.findByText("Notifications are on");
});

test("who has said no to the browser is told how to change that", async () => {
  push.answer = "denied";
  const user = open();
  await turnOn(user);
  await screen.findByText("Notifications are blocked");
  expect(screen.queryByRole("alert")).toBeNull();
  expect(screen.queryByRole("button", { name: "Turn on notifications" })).toBeNull();
});

test("what goes wrong otherwise is said", async () => {
  server.vapidPublicKey = null;
  const user = open();
  await turnOn(user);
  expect((await screen.findByRole("alert")).textContent).toBe(
    "Notifications are not set up in this deployment.",
  );
});

test("on an iPhone the way to the home screen comes first", () => {
  Reflect.deleteProperty(globalThis, "PushManager");
  vi.spyOn(navigator, "userAgent", "get").mockReturnValue(
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)",
  );
  open();
  expect(screen.getByText("Add this page to your home screen first")).toBeTruthy();
});

test("quiet hours begin as a night by the browser's own clock, and are kept as they are changed", async () => {
  const user = await subscribed();
  await user.click(screen.getByRole("checkbox", { name: "No notifications at certain hours" }));
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  await waitFor(() =>
    expect(server.pushSettings).toMatchObject({
      quietHours: { start: "22:00", end: "07:00" },
      timeZone: here,
    }),
  );
  await user.selectOptions(screen.getByRole("combobox", { name: "Time zone" }), "Asia/Tokyo");
  await waitFor(() => expect(server.pushSettings.timeZone).toBe("Asia/Tokyo"));
  await user.click(screen.getByRole("checkbox", { name: "No notifications at certain hours" }));
  await waitFor(() => expect(server.pushSettings.quietHours).toBeNull());
});

test("agents are muted one by one", async () => {
  const user = await subscribed();
  await user.click(screen.getByRole("checkbox", { name: "Echo" }));
  await waitFor(() => expect(server.pushSettings.mutedAgents).toEqual(["echo"]));
  await user.click(screen.getByRole("checkbox", { name: "Echo" }));
  await waitFor(() => expect(server.pushSettings.mutedAgents).toEqual([]));
});

test("a setting that is refused is as it was before, and why is said", async () => {
  const user = await subscribed();
  server.refusals["push:settings"] = [{ code: "unavailable", message: "Not now." }];
  await user.click(screen.getByRole("checkbox", { name: "Mira" }));
  expect((await screen.findByRole("alert")).textContent).toBe("Not now.");
  expect(screen.getByRole<HTMLInputElement>("checkbox", { name: "Mira" }).checked).toBe(true);
});

test("a test notification is on its way when the server says so", async () => {
  const user = await subscribed();
  await user.click(screen.getByRole("button", { name: "Send a test notification" }));
  await screen.findByText("It is on its way to all your browsers.");
  expect(server.payloads("push:test")).toHaveLength(1);
});
