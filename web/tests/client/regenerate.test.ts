import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { ChatSession } from "../../src/client/chat/session.js";
import { lineOf, type ChatLine } from "../../src/client/chat/line.js";
import { Versions } from "../../src/client/chat/versions.js";
import { Connection } from "../../src/client/connection.js";
import { FakeChat } from "../server.js";
import { MemoryStore } from "./memory.js";

const patient = { timeout: 5_000 };
let server: FakeChat;

beforeEach(async () => {
  server = await FakeChat.start();
  let times = 0;
  server.answerer = () => ["answer ", `${(times += 1)}`];
});
afterEach(() => server.close());

interface Device {
  session: ChatSession;
  shown: () => string[];
  /** What the answers that were given before the last one said. */
  former: () => string[];
}

async function device(): Promise<Device> {
  const connection = new Connection({ url: server.url, path: "/api/socketio", token: "alice-key" });
  const session = new ChatSession({
    connection,
    agentId: "echo",
    userId: "alice",
    store: new MemoryStore(),
    turn: (_, __, work) => work(),
  });
  onTestFinished(() => {
    session.end();
    connection.close();
  });
  session.start();
  connection.open();
  await vi.waitFor(() => expect(session.state.get().isJoined).toBe(true));
  const lines = (): readonly ChatLine[] => session.state.get().messages;
  return {
    session,
    shown: () => lines().map(({ text }) => text),
    former: () => (lines().at(-1)?.former ?? []).map(({ text }) => text),
  };
}

async function answered(): Promise<Device> {
  const opened = await device();
  opened.session.send("hello");
  await vi.waitFor(() => expect(opened.session.state.get().messages.at(-1)?.state).toBe("done"));
  return opened;
}

function stored(messageId: string, replaces?: string): ReturnType<typeof lineOf> {
  return lineOf({
    messageId,
    role: "agent",
    message: messageId,
    timestamp: 1,
    ...(replaces && { replaces }),
  });
}

test("of an answer that is given again the newest is shown, with those before it", async () => {
  const { session, shown, former } = await answered();
  await session.regenerate();
  await vi.waitFor(() => expect(shown()).toEqual(["hello", "answer 2"]));
  await session.regenerate();
  await vi.waitFor(() => expect(shown()).toEqual(["hello", "answer 3"]));
  expect(former()).toEqual(["answer 1", "answer 2"]);
  const again = await device(); // as after a reload
  expect(again.session.state.get().messages.map(({ text }) => text)).toEqual(["hello", "answer 3"]);
  expect(again.former()).toEqual(["answer 1", "answer 2"]);
});

test("it takes the place of the one before at once, and grows there", async () => {
  const { session, shown, former } = await answered();
  server.speaks = false;
  await session.regenerate();
  expect(shown()).toEqual(["hello"]);
  expect(session.state.get()).toMatchObject({ isAgentTyping: true });
  server.say();
  await vi.waitFor(() => expect(shown()).toEqual(["hello", "answer "]));
  expect(former()).toEqual(["answer 1"]);
  const other = await device(); // in mid-answer
  await vi.waitFor(() => expect(other.shown()).toEqual(["hello", "answer "]));
  server.finishSpeaking();
  for (const each of [shown, other.shown])
    await vi.waitFor(() => expect(each()).toEqual(["hello", "answer 2"]));
  expect(other.former()).toEqual(["answer 1"]);
});

test("pressed twice, or on two devices at once, it is given again once", async () => {
  const phone = await answered();
  const tablet = await device();
  server.speaks = false;
  await Promise.all([phone.session.regenerate(), phone.session.regenerate(), tablet.session.regenerate()]);
  server.finishSpeaking();
  for (const { shown } of [phone, tablet])
    await vi.waitFor(() => expect(shown()).toEqual(["hello", "answer 2"]));
  expect(server.history.get("chat:echo:alice")).toHaveLength(3);
});

test("one whose ack was lost shows by itself, and is not given again by asking again", async () => {
  const { session, shown } = await answered();
  server.speaks = false;
  server.lostAcks = 1;
  await expect(session.regenerate()).rejects.toMatchObject({ code: "unavailable" });
  await vi.waitFor(() => expect(session.state.get().answering).not.toBeNull(), patient);
  server.finishSpeaking();
  await vi.waitFor(() => expect(shown()).toEqual(["hello", "answer 2"]));
});

test("one that another device had given again in a break is known after it", async () => {
  const { session, shown, former } = await answered();
  const { messageId = "" } = session.state.get().messages.at(-1) ?? {};
  server.cut();
  const tablet = await device();
  await tablet.session.regenerate();
  await vi.waitFor(() => expect(tablet.shown()).toEqual(["hello", "answer 2"]));
  await vi.waitFor(() => expect(shown()).toEqual(["hello", "answer 2"]), patient);
  expect(former()).toEqual(["answer 1"]);
  expect(session.state.get().messages.at(-1)?.replaces).toBe(messageId);
});

test("where another answer runs that one is followed, and it is a conflict", async () => {
  const { session } = await answered();
  server.refusals["chat:regenerate"] = [{ code: "conflict", message: "Still answering.", messageId: "01Z" }];
  server.silentAbout = "chat:resume";
  await expect(session.regenerate()).rejects.toMatchObject({ code: "conflict" });
  expect(session.state.get().answering).toBe("01Z");
});

test("without an answer there is nothing to be given again", async () => {
  const { session } = await device();
  await expect(session.regenerate()).rejects.toMatchObject({ code: "not_found" });
  expect(server.payloads("chat:regenerate")).toEqual([]);
});

test("an answer whose former one is not loaded is shown, and has it once it is", () => {
  const versions = new Versions();
  const [first, second, third] = [stored("1"), stored("2", "1"), stored("3", "2")];
  expect(versions.of([third])).toEqual([third]);
  expect(versions.of([second, third])).toEqual([{ ...third, former: [second] }]);
  const whole = versions.of([first, second, third]);
  expect(whole).toEqual([{ ...third, former: [first, second] }]);
  expect(versions.of([first, second, third])[0]).toBe(whole[0]); // drawn once
});

test("an answer that came to nothing leaves the one before in its place", () => {
  const lines = [stored("1")];
  expect(new Versions().of(lines, "1")).toEqual([]);
  expect(new Versions().of(lines)).toBe(lines);
});
