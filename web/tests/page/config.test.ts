import { expect, test, vi } from "vitest";
import { fetchConfig } from "../../src/page/config.js";

function answering(body: unknown, status = 200): void {
  vi.stubGlobal("fetch", async () => new Response(JSON.stringify(body), { status }));
}

test("what a configuration does not say is as it is everywhere", async () => {
  answering({});
  expect(await fetchConfig()).toEqual({
    socketPath: "/api/socketio",
    enableWebsockets: true,
    users: [],
    agents: [],
  });
});

test("what it says holds, and an echo comes last", async () => {
  const [echo, mira, bob] = ["echo", "mira", "bob"].map((agentId) => ({ agentId, name: agentId }));
  answering({ socketPath: "/v1", enableWebsockets: false, agents: [echo, mira, bob] });
  expect(await fetchConfig()).toMatchObject({
    socketPath: "/v1",
    enableWebsockets: false,
    agents: [mira, bob, echo],
  });
});

test("where there is none yet it throws, so that it is asked for again", async () => {
  answering({}, 404);
  await expect(fetchConfig()).rejects.toThrow("/config.json: 404");
});
