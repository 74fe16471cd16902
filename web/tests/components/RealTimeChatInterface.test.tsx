// @vitest-environment happy-dom
import { act, cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { StrictMode } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { configure } from "../../src/client/config.js";
import {
  RealTimeChatInterface,
  type RealTimeChatInterfaceProps,
} from "../../src/components/chat/RealTimeChatInterface.js";
import { NotificationSettings } from "../../src/components/notifications/NotificationSettings.js";
import { FakeChat } from "../server.js";

let server: FakeChat;
let users = 0;

beforeEach(async () => {
  server = await FakeChat.start();
  configure({ url: server.url });
});
afterEach(async () => {
  cleanup();
  await server.close();
});

/** Opens a chat as a new user. */
async function open(props: Partial<RealTimeChatInterfaceProps> = {}) {
  const userId = props.userId ?? `user${(users += 1)}`;
  render(
    <RealTimeChatInterface
      agentId="mira"
      agentName="Mira"
      userId={userId}
      apiKey={`${userId}-key`}
      {...props}
    />,
    { wrapper: StrictMode },
  );
  await screen.findByText("Connected");
  return {
    user: userEvent.setup(),
    userId,
    field: screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message to Mira" }),
  };
}

function log(): HTMLElement {
  return screen.getByRole("log");
}

test("a server renders what it was given", () => {
  const page = renderToString(
    <RealTimeChatInterface
      agentId="mira"
      agentName="Mira"
      userId="a"
      apiKey="a-key"
      initialRelationLevel={40}
      initialRelationState="friend"
      initialMessages={[{ messageId: "01", role: "agent", message: "Welcome **back**.", timestamp: 1 }]}
    />,
  );
  expect(page).toContain("<strong>back</strong>");
  expect(page).toContain("friend");
});

test("what a server has rendered is taken over as it is", async () => {
  const app = (
    <>
      <NotificationSettings />
      <RealTimeChatInterface
        agentId="mira"
        agentName="Mira"
        userId="hydra"
        apiKey="hydra-key"
        initialMessages={[{ messageId: "01", role: "agent", message: "Welcome back.", timestamp: 1 }]}
      />
    </>
  );
  const container = document.body.appendChild(document.createElement("div"));
  container.innerHTML = renderToString(app);
  const before = container.querySelector(".ssio-message");
  render(app, { container, hydrate: true }); // a difference would be in the console, which fails the test
  await screen.findByText("Connected");
  expect(container.querySelector(".ssio-message")).toBe(before);
});

test("a message is there at once, and its answer grows until it is whole", async () => {
  server.speaks = false;
  const { user, field } = await open();
  await user.type(field, "Once upon a time{Enter}");
  expect(field.value).toBe("");
  expect(within(log()).getByText("Once upon a time")).toBeTruthy();
  await screen.findByText("Writing…");
  act(() => {
    server.say();
    server.say();
  });
  await within(log()).findByText("Once upon");
  act(() => server.finishSpeaking());
  await waitFor(() => expect(within(log()).getAllByText("Once upon a time")).toHaveLength(2));
  expect(await screen.findByText("Connected")).toBeTruthy();
});

test("a finished answer is read out once, and none that was there before", async () => {
  const { user, field } = await open({
    initialMessages: [{ messageId: "00", role: "agent", message: "Before", timestamp: 1 }],
  });
  const spoken = () =>
    screen
      .getAllByRole("status")
      .map(({ textContent }) => textContent)
      .filter((text) => text.startsWith("Mira: "));
  expect(spoken()).toEqual([]);
  await user.type(field, "Hello you{Enter}");
  await waitFor(() => expect(spoken()).toEqual(["Mira: Hello you."]));
  expect(log().getAttribute("aria-live")).toBe("off");
});

test("that an answer is written is read out once, and its words are read, not its marks", async () => {
  server.speaks = false;
  const { user, field } = await open();
  const said: string[] = [];
  const regions = screen.getAllByRole("status");
  const observer = new MutationObserver((changes) => {
    for (const { target } of changes) {
      const region = (target.nodeType === 1 ? (target as Element) : target.parentElement)?.closest(
        "[role=status]",
      );
      if (region) said.push(region.textContent);
    }
  });
  for (const region of regions)
    observer.observe(region, { childList: true, characterData: true, subtree: true });
  await user.type(field, "Some **bold** [[words](https://example.com/a){Enter}");
  await screen.findByText("Writing…");
  act(() => server.say());
  act(() => server.finishSpeaking());
  await waitFor(() => expect(said).toContain("Mira: Some bold words."));
  expect(said.filter((text) => /writing/i.test(text))).toEqual(["Mira is writing."]);
  expect(said).not.toContain("Connected");
  expect(screen.queryByText("Writing…")).toBeNull();
  observer.disconnect();
});

test("every message can be copied as it was written, once it is whole", async () => {
  server.speaks = false;
  const { user, field } = await open();
  await user.type(field, "Some **bold** words{Enter}");
  await screen.findByText("Writing…");
  act(() => {
    server.say();
    server.say();
  });
  await within(log()).findByText("bold");
  expect(screen.getAllByRole("button", { name: "Copy message" })).toHaveLength(1);
  act(() => server.finishSpeaking());
  await waitFor(() => expect(screen.getAllByRole("button", { name: "Copy message" })).toHaveLength(2));
  const copied = vi.spyOn(navigator.clipboard, "writeText");
  for (const button of screen.getAllByRole("button", { name: "Copy message" })) await user.click(button);
  expect(copied.mock.calls).toEqual([["Some **bold** words"], ["Some **bold** words"]]);
});

test("Enter sends, Shift and Enter do not, and nothing is not sent", async () => {
  const { user, field } = await open();
  await user.type(field, "   {Enter}");
  await user.clear(field);
  await user.type(field, "one{Shift>}{Enter}{/Shift}two");
  expect(server.payloads("chat:message")).toEqual([]);
  await user.keyboard("{Enter}");
  await waitFor(() => expect(server.payloads("chat:message")).toMatchObject([{ message: "one\ntwo" }]));
});

test("Escape stops the answer, and so does the button; what was said is kept", async () => {
  server.speaks = false;
  const { user, field } = await open();
  for (const stop of [
    () => user.keyboard("{Escape}"),
    () => user.click(screen.getByRole("button", { name: "Stop the answer" })),
  ]) {
    await user.type(field, "Once upon a time{Enter}");
    await screen.findByRole("button", { name: "Stop the answer" });
    act(() => server.say());
    await stop();
    await waitFor(() => expect(screen.queryByRole("button", { name: "Stop the answer" })).toBeNull());
  }
  expect(screen.getAllByText(/Stopped/)).toHaveLength(2);
});

test("what is refused says why, and can be tried again, changed, or thrown away", async () => {
  const { user, field } = await open();
  const refusal = { code: "forbidden", message: "Not here." } as const;
  server.refusals["chat:message"] = [{ ...refusal }, { ...refusal }];
  await user.type(field, "first{Enter}");
  await screen.findByText("Not sent. Not here.");
  await user.type(field, "second{Enter}");
  await waitFor(() => expect(screen.getAllByText("Not sent. Not here.")).toHaveLength(2));

  await user.click(screen.getAllByRole("button", { name: "Edit" })[1] as HTMLElement);
  expect(field.value).toBe("second");
  expect(within(log()).queryByText("second")).toBeNull();

  await user.click(screen.getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(within(log()).getAllByText("first")).toHaveLength(2)); // and its answer
  expect(screen.queryByText("Not sent. Not here.")).toBeNull();
});

test("a message that is too long is counted, and not sent", async () => {
  const { user, field } = await open();
  await user.click(field);
  await user.paste("x".repeat(8_001));
  expect(screen.getByText("8,001 of 8,000 characters")).toBeTruthy();
  expect(screen.getByRole<HTMLButtonElement>("button", { name: "Send" }).disabled).toBe(true);
  await user.keyboard("{Enter}");
  expect(server.payloads("chat:message")).toEqual([]);
});

test("a message whose frame would be too large stays in its field, with the reason", async () => {
  const { user, field } = await open();
  await user.click(field);
  await user.paste("\u0001".repeat(7_000)); // six bytes each, as JSON
  await user.keyboard("{Enter}");
  expect((await screen.findByRole("alert")).textContent).toBe("This message is too long.");
  expect(field.value).toHaveLength(7_000);
});

test("a short break is not mentioned, and what is said meanwhile is shown", async () => {
  const { userId } = await open();
  server.remember("mira", userId, "agent", "While you were away");
  act(() => server.cut());
  await within(log()).findByText("While you were away", {}, { timeout: 5_000 });
  expect(screen.queryByText("Reconnecting…")).toBeNull();
});

test("a longer one is said quietly, and over when it is over", async () => {
  await open();
  server.refusal = null;
  await act(async () => server.close());
  await screen.findByText("Reconnecting…", {}, { timeout: 5_000 });
  expect(screen.getByRole("button", { name: "Try now" })).toBeTruthy();
});

test("who is refused is told why, and can write nothing", async () => {
  server.refusal = { code: "unauthorized", message: "This API key is not known." };
  render(<RealTimeChatInterface agentId="mira" agentName="Mira" userId="x" apiKey="x-key" />);
  await screen.findByText("Your key is not accepted any more.");
  expect(screen.getByRole<HTMLTextAreaElement>("textbox").disabled).toBe(true);
});

test("a chat that cannot be entered says why, and is tried again when it is wanted", async () => {
  server.refusals["chat:join"] = [{ code: "not_found", message: "There is no such agent." }];
  render(<RealTimeChatInterface agentId="mira" agentName="Mira" userId="y" apiKey="y-key" />);
  const alert = await screen.findByRole("alert");
  expect(alert.textContent).toContain("There is no such agent.");
  expect(screen.getByRole<HTMLTextAreaElement>("textbox").disabled).toBe(true);
  await userEvent.click(within(alert).getByRole("button", { name: "Try again" }));
  await waitFor(() => expect(screen.getByRole<HTMLTextAreaElement>("textbox").disabled).toBe(false));
});

test("writing is shown to the user's other devices, and theirs here", async () => {
  const { user, userId, field } = await open();
  await user.type(field, "h");
  await waitFor(() =>
    expect(server.payloads("chat:typing")).toMatchObject([{ agentId: "mira", isTyping: true }]),
  );
  act(() =>
    server.emit(`chat:mira:${userId}`, "chat:typing", {
      agentId: "mira",
      userId,
      isTyping: true,
      timestamp: 1,
    }),
  );
  await screen.findByLabelText("You, on another device, are typing");
  act(() =>
    server.emit(`chat:mira:${userId}`, "chat:typing", { agentId: "mira", isTyping: true, timestamp: 1 }),
  );
  await screen.findByLabelText("Mira is typing");
});

test("how the two stand follows each answer", async () => {
  const { user, field } = await open({
    initialEmotions: { joy: 0.1 },
    initialRelationLevel: 3,
    initialRelationState: "stranger",
  });
  await user.type(field, "Hello{Enter}");
  await user.click(await screen.findByRole("button", { name: /acquaintance 10/ }));
  const panel = within(await screen.findByRole("region", { name: "You and Mira" }));
  expect(panel.getByText("Level 10 of 100")).toBeTruthy();
  expect(panel.getByRole("meter", { name: "Joy" }).getAttribute("aria-valuenow")).toBe("50");
});

test("earlier messages come when they are asked for", async () => {
  const userId = "historian";
  for (let number = 1; number <= 70; number += 1)
    server.remember("mira", userId, "agent", `Message ${number}`);
  const { user } = await open({ userId });
  await within(log()).findByText("Message 70");
  expect(within(log()).queryByText("This is where your chat begins.")).toBeNull();
  await user.click(screen.getByRole("button", { name: "Earlier messages" }));
  await within(log()).findByText("This is where your chat begins.");
  expect(server.payloads("chat:history")).toHaveLength(1);
});

test("an empty chat invites", async () => {
  await open();
  expect(screen.getByText("Say hello. Answers appear as they are being written.")).toBeTruthy();
});
