// @vitest-environment happy-dom
import { fireEvent, render, screen, within } from "@testing-library/react";
import type { ReactNode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ChatLine } from "../../src/client/chat/line.js";
import { configure } from "../../src/client/config.js";
import { MessageRow } from "../../src/components/chat/MessageRow.js";
import { RealTimeChatInterface } from "../../src/components/chat/RealTimeChatInterface.js";
import { Boundary } from "../../src/components/parts/Boundary.js";
import { Broken } from "../../src/page/Broken.js";
import { FakeChat } from "../server.js";

/** What fails to be drawn while it is set: in an answer, or in all of a chat. */
const broken = vi.hoisted(() => ({ answer: "", chat: false }));

vi.mock("../../src/components/markdown/Block.js", async (load) => {
  const original = await load<typeof import("../../src/components/markdown/Block.js")>();
  return {
    ...original,
    Blocks: (props: { tokens: { raw: string }[] }) => {
      if (broken.answer && props.tokens.some(({ raw }) => raw.includes(broken.answer)))
        throw new Error("unreadable");
      return original.Blocks(props as never);
    },
  };
});
vi.mock("../../src/components/chat/ChatHeader.js", async (load) => {
  const original = await load<typeof import("../../src/components/chat/ChatHeader.js")>();
  return {
    ChatHeader: (props: Parameters<typeof original.ChatHeader>[0]) => {
      if (broken.chat) throw new Error("no header");
      return original.ChatHeader(props);
    },
  };
});

let server: FakeChat;

beforeEach(async () => {
  Object.assign(broken, { answer: "", chat: false });
  server = await FakeChat.start();
  configure({ url: server.url });
});
afterEach(async () => {
  await server.close();
});

const actions = { onRetry: vi.fn(), onEdit: vi.fn(), onDiscard: vi.fn(), onRegenerate: vi.fn() };
const LINE: ChatLine = { key: "1", role: "agent", text: "It *breaks*", timestamp: 1, state: "done" };

function row(line: ChatLine): ReactNode {
  return <MessageRow line={line} agentName="Mira" isContinued={false} isRegenerable={false} {...actions} />;
}

/** React tells the console of what was thrown, also where a boundary holds it: that is wanted here. */
function expectComplaint(words: string): void {
  const said = vi.mocked(console.error).mock.calls.flat().map(String).join(" ");
  expect(said).toContain(words);
  vi.mocked(console.error).mockClear();
}

test("a message that cannot be drawn is there as it was written, and drawn again once it has changed", () => {
  broken.answer = "breaks";
  const { container, rerender } = render(row(LINE));
  expect(container.querySelector(".ssio-said")?.textContent).toBe("It *breaks*");
  expectComplaint("unreadable");
  rerender(row({ ...LINE, text: "It *works*" }));
  expect(container.querySelector("em")?.textContent).toBe("works");
});

test("so is one with a time that is none", () => {
  const { container } = render(row({ ...LINE, timestamp: Number.NaN }));
  expect(container.querySelector(".ssio-said")?.textContent).toBe("It *breaks*");
  expectComplaint("Invalid time value");
});

test("the other messages of its chat are as they were", async () => {
  broken.answer = "breaks";
  server.remember("mira", "u", "agent", "It *breaks*");
  server.remember("mira", "u", "agent", "It *works*");
  render(<RealTimeChatInterface agentId="mira" agentName="Mira" userId="u" apiKey="u-key" />);
  const log = screen.getByRole("log");
  expect(await within(log).findByText("works")).toBeTruthy();
  expect(within(log).getByText("It *breaks*")).toBeTruthy();
  expectComplaint("unreadable");
});

test("a chat that cannot be drawn says so, and is drawn again when it is wanted", async () => {
  broken.chat = true;
  render(<RealTimeChatInterface agentId="mira" agentName="Mira" userId="w" apiKey="w-key" />);
  expect((await screen.findByRole("alert")).textContent).toContain("Nothing that was said is lost.");
  expectComplaint("no header");
  broken.chat = false;
  fireEvent.click(screen.getByRole("button", { name: "Show it again" }));
  expect(await screen.findByText("Connected")).toBeTruthy();
});

test("another chat in its place is tried at once", async () => {
  broken.chat = true;
  const page = (userId: string) => (
    <RealTimeChatInterface agentId="mira" agentName="Mira" userId={userId} apiKey={`${userId}-key`} />
  );
  const { rerender } = render(page("x"));
  await screen.findByRole("alert");
  expectComplaint("no header");
  broken.chat = false;
  rerender(page("y"));
  expect(await screen.findByText("Connected")).toBeTruthy();
});

test("a page that cannot be drawn shows the ways out", () => {
  let isBroken = true;
  const Page = (): ReactNode => {
    if (isBroken) throw new Error("no page");
    return <p>The page</p>;
  };
  render(
    <Boundary fallback={(retry) => <Broken onRetry={retry} />}>
      <Page />
    </Boundary>,
  );
  expect(screen.getByRole("alert").textContent).toContain("could not be shown");
  expect(screen.getByRole("button", { name: "Load the page again" })).toBeTruthy();
  expect(screen.getByRole<HTMLAnchorElement>("link", { name: "Begin at the start" }).pathname).toBe("/");
  expectComplaint("no page");
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expectComplaint("no page");
  isBroken = false;
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(screen.getByText("The page")).toBeTruthy();
});
