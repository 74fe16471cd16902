// @vitest-environment happy-dom
import { act, cleanup, fireEvent, render, screen } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { initialState, type ChatState } from "../../src/client/chat/state.js";
import type { ChatLine } from "../../src/client/chat/line.js";
import { configure } from "../../src/client/config.js";
import { takeConnection } from "../../src/client/connections.js";
import { ChatError, type ClientReason } from "../../src/client/errors.js";
import { ChatView } from "../../src/components/chat/ChatView.js";
import { RealTimeChatInterface } from "../../src/components/chat/RealTimeChatInterface.js";
import { Impossible } from "../../src/components/notifications/Impossible.js";
import { NotificationSettings } from "../../src/components/notifications/NotificationSettings.js";
import type { ErrorCode } from "../../src/events.gen.js";
import type { UseChat } from "../../src/hooks/useChat.js";
import { WordsProvider } from "../../src/hooks/useWords.js";
import { Broken } from "../../src/page/Broken.js";
import { OnDemand } from "../../src/page/OnDemand.js";
import { Start } from "../../src/page/Start.js";
import { Warning } from "../../src/page/Warning.js";
import { Welcome } from "../../src/page/Welcome.js";
import { followAddress } from "../../src/page/place.js";
import { german } from "../../src/page/words/german.js";
import { useFrameWords } from "../../src/page/words/useFrameWords.js";
import type { SessionProblem } from "../../src/page/words/words.js";
import { FakePush, publicKey } from "../notifications/browser.js";
import { FakeChat } from "../server.js";
import { marked, pathsOf, textsOf, unmarked } from "./marked.js";

/*
 * Everything that is shown, in words that are marked. Names, messages and whatever else is content have no letters here: so a
 * letter without a mark is a literal that was forgotten. And each word is met, or it is one that nothing says.
 */

const WORDS = marked(german);
const met = new Set<string>();

const CONTENT = ["stranger", "acquaintance", "companion"]; // what the server calls relations; an agent's id, as an example
const NOW = Date.now();
const noop = (): void => undefined;
const ACTIONS = {
  send: () => "1",
  retry: noop,
  discard: () => undefined,
  stop: async () => undefined,
  regenerate: async () => undefined,
  loadEarlier: async () => undefined,
  setTyping: noop,
  reconnect: noop,
};

/** Looks at all that is there. */
function look(): void {
  const texts = textsOf(document.body).filter((text) => !CONTENT.includes(text));
  expect(texts).not.toEqual([]);
  expect(unmarked(texts)).toEqual([]);
  for (const text of texts) for (const [, path = ""] of text.matchAll(/⟦([^⟧]*)⟧/g)) met.add(path);
}

function show(content: ReactNode): void {
  render(<WordsProvider words={WORDS}>{content}</WordsProvider>);
}

function showChat(
  state: Partial<ChatState>,
  connection: UseChat["connection"] = { status: "connected" },
): void {
  const chat = { ...initialState(), isJoined: true, ...state, connection, ...ACTIONS };
  show(<ChatView id="1" agentName="42" chat={chat} />);
}

function line(key: string, rest: Partial<ChatLine>): ChatLine {
  return { key, role: "agent", text: key, timestamp: NOW, state: "done", ...rest };
}

/** Has media queries with these words in them match. */
function matching(words: string): void {
  const real = matchMedia;
  vi.stubGlobal("matchMedia", (query: string) =>
    query.includes(words) ? Object.defineProperty(real(query), "matches", { value: true }) : real(query),
  );
}

function refused(code: ErrorCode, clientReason?: ClientReason, retryAfterMs?: number): ChatError {
  const reason = clientReason && { clientReason };
  return new ChatError({ code, message: "1", ...reason, ...(retryAfterMs && { retryAfterMs }) });
}

beforeEach(() => {
  document.title = "";
  localStorage.clear();
  sessionStorage.clear();
  history.replaceState(null, "", "/");
  followAddress();
});
afterEach(() => {
  cleanup();
  vi.useRealTimers();
});

test("a chat with all kinds of messages", async () => {
  const marks = "```\n1\n```\n\n```7\n1\n```\n\n- [x] 1\n- [ ] 2\n\n|1|2|\n|-|-|\n|3|4|";
  const versions = [line("5", {}), line("6", { text: marks, former: [line("5", {})] })];
  showChat({
    messages: [
      line("1", { timestamp: NOW - 24 * 60 * 60 * 1_000 }),
      line("2", { role: "user", state: "sent" }),
      line("3", { finishReason: "error" }),
      line("4", { finishReason: "length" }),
      line("5", { finishReason: "stopped" }),
      line("7", { role: "user", state: "failed", error: refused("too_large") }),
      line("8", { role: "user", state: "queued" }),
      line("9", { role: "user", state: "sending" }),
      versions[1] as ChatLine,
    ],
    hasEarlier: true,
    isAgentTyping: true,
    isTypingElsewhere: true,
    relation: { emotions: { 77: 0.5 }, relationLevel: 40, relationState: "88" },
  });
  fireEvent.click(screen.getByRole("button", { expanded: false }));
  await screen.findAllByRole("meter");
  const log = screen.getByRole("log");
  Object.defineProperty(log, "scrollTop", { value: -500, configurable: true });
  fireEvent.scroll(log);
  look();
});

test("copying, and where it is not allowed", async () => {
  const clipboard = vi.spyOn(navigator.clipboard, "writeText").mockResolvedValue();
  showChat({ messages: [line("1", {})] });
  fireEvent.click(screen.getByRole("button", { name: "⟦chat.copy⟧" }));
  await screen.findByText("⟦chat.copied⟧");
  look();
  clipboard.mockRejectedValue(new Error("no"));
  fireEvent.click(screen.getByRole("button", { name: /⟦chat.copy⟧/ }));
  await screen.findByText("⟦chat.copyRefused⟧");
  look();
});

test("an empty chat, one that is loading, one whose earlier messages are on their way", () => {
  showChat({});
  look();
  cleanup();
  showChat({ isJoined: false });
  look();
  cleanup();
  showChat({ messages: [line("1", {})], hasEarlier: true, isLoadingEarlier: true });
  look();
  cleanup();
  showChat({ messages: [line("1", {})] });
  look();
});

test("what cannot be saved", async () => {
  showChat({ isUnsaved: true });
  await screen.findByText("⟦chat.unsaved⟧");
  look();
});

test("writing: with keys, with fingers, at length, and while an answer is given", () => {
  showChat({ answering: "1" });
  look();
  fireEvent.change(screen.getByRole("textbox"), { target: { value: "1".repeat(7_600) } });
  look();
  cleanup();
  sessionStorage.clear();
  matching("coarse");
  showChat({});
  fireEvent.change(screen.getByRole("textbox"), { target: { value: "" } });
  look();
});

test.each(["idle", "connecting", "connected", "reconnecting", "offline"] as const)(
  "a connection that is %s",
  (status) => {
    showChat({}, status === "reconnecting" ? { status, attempt: 1 } : { status });
    look();
  },
);

test("refusals, whatever their code or the client's reason", () => {
  const { codes, reasons } = german.chat.refused;
  for (const code of Object.keys(codes) as ErrorCode[]) {
    showChat({ error: refused(code, undefined, 1_000) }, { status: "refused", error: refused(code) });
    look();
    cleanup();
  }
  for (const reason of Object.keys(reasons) as ClientReason[]) {
    showChat({ error: refused("unavailable", reason) });
    look();
    cleanup();
  }
});

test("what is read out: that an answer is written, and the answer", async () => {
  const chat = (state: Partial<ChatState>): ReactNode => (
    <WordsProvider words={WORDS}>
      <ChatView
        id="1"
        agentName="42"
        chat={{
          ...initialState(),
          isJoined: true,
          connection: { status: "connected" },
          ...ACTIONS,
          ...state,
        }}
      />
    </WordsProvider>
  );
  const { rerender } = render(chat({ answering: "1" }));
  await screen.findByText("⟦chat.isWriting⟧");
  look();
  rerender(chat({ messages: [line("1", { text: "1" })] }));
  await screen.findByText("⟦chat.hasSaid⟧");
  look();
});

test("a text in words", async () => {
  const { spoken } = await import("../../src/components/markdown/spoken.js");
  const text = "```\n1\n```\n\n```7\n1\n```\n\n- [x] 1\n- [ ] 2\n\n![](https://1.2.3.4/)";
  const said = spoken(text, WORDS.chat);
  expect(unmarked([said])).toEqual([]);
  for (const [, path = ""] of said.matchAll(/⟦([^⟧]*)⟧/g)) met.add(path);
});

test("a chat that cannot be drawn", () => {
  configure({ enableWebsockets: false });
  onTestFinished(() => configure({ enableWebsockets: true }));
  const Bad = (): ReactNode => {
    throw new Error("cannot be drawn");
  };
  render(
    <RealTimeChatInterface
      agentId="1"
      agentName="42"
      userId="1"
      apiKey="1"
      leading={<Bad />}
      words={WORDS}
    />,
  );
  look();
  vi.mocked(console.error).mockClear();
});

test.each(["denied", "home-screen", "unsupported"] as const)("no notifications: %s", (why) => {
  show(<Impossible why={why} />);
  look();
});

test("notifications: before, on, with quiet hours, tested", async () => {
  const server = await FakeChat.start();
  onTestFinished(() => server.close());
  server.vapidPublicKey = publicKey();
  new FakePush().install();
  onTestFinished(() => void Reflect.deleteProperty(navigator, "serviceWorker"));
  configure({ url: server.url, vapidPublicKey: undefined });
  onTestFinished(takeConnection({ token: "1-key" }).release);
  render(<NotificationSettings agents={[{ agentId: "42", name: "42" }]} words={WORDS} />);
  const on = await screen.findByRole("button", { name: "⟦notifications.turnOn⟧" });
  look();
  await vi.waitFor(() => expect(on).toHaveProperty("disabled", false));
  fireEvent.click(on);
  look(); // it is being turned on
  await screen.findByText("⟦notifications.on⟧");
  look(); // the settings are loading, or there
  const quiet = await screen.findByRole("checkbox", { name: "⟦notifications.quietHoursMeans⟧" });
  fireEvent.click(quiet);
  const from = await screen.findByLabelText<HTMLInputElement>("⟦notifications.from⟧");
  fireEvent.change(from, { target: { value: "07:00" } });
  fireEvent.click(screen.getByRole("button", { name: "⟦notifications.test⟧" }));
  await screen.findByText("⟦notifications.testSent⟧");
  look();
});

test("settings that are still to come", async () => {
  const { Preferences } = await import("../../src/components/notifications/Preferences.js");
  show(<Preferences agents={[]} />);
  look();
});

test("the page: its choices, its tools, its dialogs", async () => {
  const server = await FakeChat.start();
  onTestFinished(() => server.close());
  configure({ url: server.url });
  localStorage.setItem("chat.own", JSON.stringify([{ userId: "11", apiKey: "11-key" }]));
  vi.stubGlobal("fetch", async () =>
    Response.json({
      agents: [{ agentId: "42", name: "42" }],
      users: [{ userId: "12", apiKey: "12-key", plan: "33" }],
      signIn: { issuer: "https://1.2.3.4", clientId: "1", scope: "1" },
    }),
  );
  history.replaceState(null, "", "/?user=11&agent=42");
  followAddress();
  show(<Start />);
  await screen.findByText("⟦chat.connected⟧");
  server.io.emit("agent:updated", { agentId: "42", name: "42", status: "unavailable", timestamp: NOW });
  await screen.findAllByText("⟦frame.resting⟧");
  server.io.emit("notification", { title: "1", body: "2", tag: "3", timestamp: NOW });
  await screen.findByRole("button", { name: "⟦frame.dismiss⟧" });
  look();
  fireEvent.click(screen.getByRole("button", { name: /⟦frame.behindTheScenes⟧/ }));
  await screen.findByText("⟦tools.sent⟧");
  fireEvent.change(screen.getByRole("textbox"), { target: { value: "1" } });
  fireEvent.keyDown(screen.getByRole("textbox"), { key: "Enter" });
  await screen.findByText("⟦tools.milliseconds⟧"); // its ack has come
  await screen.findAllByText(/⟦tools.out⟧/);
  await screen.findAllByText(/⟦tools.in⟧/);
  look();
  fireEvent.click(screen.getByRole("button", { name: "⟦frame.useKey⟧" }));
  await screen.findByLabelText("⟦tools.apiKey⟧");
  look();
  fireEvent.click(screen.getByRole("button", { name: "⟦frame.notifications⟧" }));
  await screen.findByRole("region", { name: "⟦notifications.title⟧" });
  look();
});

test("the page on a phone", async () => {
  configure({ url: "http://127.0.0.1:9" });
  vi.stubGlobal("fetch", async () =>
    Response.json({ agents: [{ agentId: "42", name: "42" }], users: [{ userId: "12", apiKey: "12-key" }] }),
  );
  matching("52rem");
  show(<Start />);
  fireEvent.click(await screen.findByRole("button", { name: "⟦frame.aside⟧" }));
  look();
});

test("the page before there is a chat", async () => {
  vi.stubGlobal("fetch", async () => Promise.reject(new Error("not yet")));
  show(<Start />);
  await screen.findByText("⟦frame.notThereYet⟧");
  look();
});

test("the page where chat is switched off, and where a user is not known", async () => {
  vi.stubGlobal("fetch", async () => Response.json({ enableWebsockets: false, agents: [] }));
  show(<Start />);
  await screen.findByText("⟦tools.switchedOff⟧");
  look();
  cleanup();
  vi.stubGlobal("fetch", async () =>
    Response.json({ agents: [], users: [{ userId: "12", apiKey: "12-key" }] }),
  );
  history.replaceState(null, "", "/?user=99");
  followAddress();
  show(<Start />);
  await screen.findByText("⟦tools.unknownUser⟧");
  look();
});

test("welcome: with a key, with an issuer, with a key that is tried", async () => {
  const nobody = { agentId: undefined, problem: null, onPerson: noop };
  show(<Welcome {...nobody} onSignIn={undefined} />);
  look();
  const server = await FakeChat.start();
  onTestFinished(() => server.close());
  configure({ url: server.url });
  server.refusal = { code: "unauthorized", message: "1" };
  fireEvent.change(screen.getByLabelText("⟦tools.apiKey⟧"), { target: { value: "1" } });
  fireEvent.submit(screen.getByRole("button").closest("form") as HTMLFormElement);
  look();
  await screen.findByText("⟦chat.refused.codes.unauthorized⟧");
  look();
  cleanup();
  show(<Welcome {...nobody} onSignIn={noop} />);
  look();
});

test("what went wrong: with the page, a part of it, a sign-in, the end of notifications", async () => {
  const Problems = (): ReactNode => {
    const words = useFrameWords();
    const reasons = Object.keys(german.frame.session) as SessionProblem[];
    return [...reasons.map((reason) => words.session[reason]), words.stillNotified("1")].map((text) => (
      <Warning key={text} text={text} onDismiss={noop} />
    ));
  };
  show(<Problems />);
  look();
  cleanup();
  show(<Broken onRetry={noop} />);
  look();
  cleanup();
  const failing = async (): Promise<() => ReactNode> => Promise.reject(new Error("offline"));
  show(<OnDemand load={failing} with={{}} />);
  look();
  await screen.findByText("⟦frame.notLoaded⟧");
  look();
});

test("a person who has signed in", async () => {
  const { Sidebar } = await import("../../src/page/Sidebar.js");
  const person = { userId: "11", apiKey: "", isSignedIn: true };
  const tools = { onAgent: noop, onPerson: noop, onForget: noop, onSignIn: noop, onTool: noop };
  show(<Sidebar agents={[]} agentId="42" people={[person]} person={person} {...tools} />);
  look();
});

test("a short break is said once it is long", async () => {
  vi.useFakeTimers();
  showChat({}, { status: "reconnecting", attempt: 1 });
  await act(async () => vi.advanceTimersByTimeAsync(2_000));
  look();
});

test("and each word was met: none is there for nothing", () => {
  expect(pathsOf(german).filter((path) => !met.has(path))).toEqual([]);
});
