// @vitest-environment happy-dom
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { StrictMode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { configure } from "../../src/client/config.js";
import { Start } from "../../src/page/Start.js";
import { followAddress } from "../../src/page/place.js";
import { FakeChat } from "../server.js";

const AGENTS = [
  { agentId: "mira", name: "Mira" },
  { agentId: "echo", name: "Echo" },
];
const USERS = [
  { userId: "alice", apiKey: "alice-key", plan: "free" },
  { userId: "bob", apiKey: "bob-key", plan: "pro" },
];
let server: FakeChat;

beforeEach(async () => {
  server = await FakeChat.start();
  configure({ url: server.url, enableWebsockets: true });
  localStorage.clear();
  history.replaceState(null, "", "/");
  followAddress();
});
afterEach(async () => {
  await server.close();
  configure({ enableWebsockets: true });
});

function start(config: object, ...failures: number[]) {
  vi.stubGlobal("fetch", async () => {
    const status = failures.shift() ?? 200;
    return new Response(JSON.stringify(config), { status });
  });
  render(<Start />, { wrapper: StrictMode });
  return userEvent.setup();
}

test("the first agent and the first person meet, and the address leads to others", async () => {
  const user = start({ agents: AGENTS, users: USERS });
  await screen.findByRole("heading", { name: "Mira", level: 2 });
  await screen.findByText("Connected");
  expect(document.title).toBe("Mira – Serverless chat");
  await user.click(screen.getByRole("button", { name: "Echo" }));
  await user.click(screen.getByRole("button", { name: "bob" }));
  expect(location.search).toBe("?agent=echo&user=bob");
  await screen.findByRole("heading", { name: "Echo", level: 2 });
  expect(screen.getByRole("button", { name: "bob" }).getAttribute("aria-pressed")).toBe("true");
  await screen.findByText("Connected");
});

test("who has no key is asked for one", async () => {
  start({ agents: AGENTS, users: [] });
  await screen.findByRole("heading", { name: "Welcome" });
  await screen.findByLabelText("API key");
});

test("who comes in by a key is in, and out again when it is forgotten", async () => {
  const user = start({ agents: AGENTS, users: [] });
  await user.type(await screen.findByLabelText("API key"), "carol-key");
  await user.click(screen.getByRole("button", { name: "Connect" }));
  await user.click(await screen.findByRole("button", { name: /^Forget carol/ }));
  await screen.findByRole("heading", { name: "Welcome" });
  expect(localStorage.getItem("chat.own")).toBe("[]");
});

test.each([
  [
    "cannot be loaded",
    "granted",
    "The key is forgotten, but this browser may still be notified of carol’s answers.",
  ],
  ["is not needed", "default", null],
])("a key is forgotten where what ends its notifications %s", async (_, permission, problem) => {
  vi.doMock("../../src/page/forgetting.js", () => {
    throw new TypeError("Failed to fetch dynamically imported module");
  });
  vi.stubGlobal("Notification", { permission });
  localStorage.setItem("chat.own", JSON.stringify([{ userId: "carol", apiKey: "carol-key" }]));
  const user = start({ agents: AGENTS, users: [] });
  await user.click(await screen.findByRole("button", { name: /^Forget carol/ }));
  await screen.findByRole("heading", { name: "Welcome" });
  expect(localStorage.getItem("chat.own")).toBe("[]");
  if (problem) expect(screen.getByRole("alert").textContent).toContain(problem);
  else expect(screen.queryByRole("alert")).toBeNull();
});

test("a deployment without websockets says so", async () => {
  start({ enableWebsockets: false, agents: AGENTS, users: USERS });
  await screen.findByRole("heading", { name: "Real-time chat is switched off" });
});

test("a page that comes before its stack says so after a while, and looks again", async () => {
  vi.useFakeTimers();
  start({ enableWebsockets: false }, 404, 404, 404);
  await act(() => vi.advanceTimersByTimeAsync(100));
  expect(screen.getByRole("status").textContent).toContain("The chat is not there yet.");
  await act(() => vi.advanceTimersByTimeAsync(5_000));
  vi.useRealTimers();
  await screen.findByRole("heading", { name: "Real-time chat is switched off" });
});
