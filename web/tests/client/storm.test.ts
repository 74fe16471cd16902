import { expect, onTestFinished, test, vi } from "vitest";
import { ChatSession } from "../../src/client/chat/session.js";
import { Connection } from "../../src/client/connection.js";
import { MemoryStore } from "./memory.js";
import { FakeChat } from "../server.js";

const MESSAGES = 6;

/** A generator of numbers in 0…1 that a seed repeats (mulberry32). */
function randomness(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

test.each([1, 2])(
  "whatever the network does, each message is answered once and whole (seed %i)",
  async (seed) => {
    const random = randomness(seed);
    const server = await FakeChat.start();
    const connection = new Connection({ url: server.url, path: "/api/socketio", token: "alice-key" });
    const store = new MemoryStore();
    const session = new ChatSession({
      connection,
      agentId: "echo",
      userId: "alice",
      store,
      turn: (_, __, work) => work(),
    });
    onTestFinished(async () => {
      clearInterval(weather);
      session.end();
      connection.close();
      await server.close();
    });
    server.speaks = false;
    const weather = setInterval(() => {
      if (random() < 0.02) server.cut();
      if (random() < 0.02) server.lostAcks = 1;
      if (random() < 0.3) server.lostChunks.add(Math.floor(random() * 30));
      if (random() < 0.2) server.lostChunks.clear();
      if (!server.running) return;
      if (random() < 0.1) server.repeat(Math.max(0, server.running.said - 1));
      if (server.running.said < server.running.chunks.length) server.say();
      else server.finish();
    }, 10);

    const told = new Map<string, string>();
    const completed: string[] = [];
    session.events.on("chat:message:stream", ({ messageId, chunk }) =>
      told.set(messageId, (told.get(messageId) ?? "") + chunk),
    );
    session.events.on("chat:message:complete", ({ message }) => completed.push(message));
    session.start();
    connection.open();
    const texts = Array.from({ length: MESSAGES }, (_, n) =>
      Array.from({ length: 20 }, (__, word) => `w${n}.${word}`).join(" "),
    );
    texts.forEach((text) => session.send(text));

    await vi.waitFor(() => expect(completed).toHaveLength(MESSAGES), { timeout: 40_000, interval: 100 });
    expect(completed).toEqual(texts);
    const { messages } = session.state.get();
    expect(messages.map(({ role, text }) => [role, text])).toEqual(
      texts.flatMap((text) => [
        ["user", text],
        ["agent", text],
      ]),
    );
    expect(server.history.get("chat:echo:alice")).toHaveLength(2 * MESSAGES);
    for (const text of told.values())
      expect(texts.some((whole) => whole.startsWith(text.trimEnd()))).toBe(true);
  },
  50_000,
);
