// @vitest-environment happy-dom
import { act, cleanup, render, screen, waitFor, within } from "@testing-library/react";
import userEvent, { type UserEvent } from "@testing-library/user-event";
import { StrictMode } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configure } from "../../src/client/config.js";
import { RealTimeChatInterface } from "../../src/components/chat/RealTimeChatInterface.js";
import { FakeChat } from "../server.js";

let server: FakeChat;
let users = 0;

beforeEach(async () => {
  server = await FakeChat.start();
  configure({ url: server.url });
  let times = 0;
  server.answerer = () => [`Answer ${(times += 1)}.`];
});
afterEach(async () => {
  cleanup();
  await server.close();
});

/** A chat in which a message was answered, and answered again so many times. */
async function open(again: number): Promise<UserEvent> {
  const userId = `versions${(users += 1)}`;
  render(<RealTimeChatInterface agentId="mira" agentName="Mira" userId={userId} apiKey={`${userId}-key`} />, {
    wrapper: StrictMode,
  });
  await screen.findByText("Connected");
  const user = userEvent.setup();
  await user.type(screen.getByRole("textbox", { name: "Message to Mira" }), "Tell me{Enter}");
  for (let times = 1; times <= again; times += 1) {
    await within(screen.getByRole("log")).findByText(`Answer ${times}.`);
    await user.click(await screen.findByRole("button", { name: "Regenerate answer" }));
  }
  await within(screen.getByRole("log")).findByText(`Answer ${again + 1}.`);
  return user;
}

function answers(): (string | null)[] {
  return [...screen.getByRole("log").querySelectorAll("[data-role=agent] .ssio-bubble")].map(
    ({ textContent }) => textContent,
  );
}

test("one answer is shown, and those before it can be looked at and come back from", async () => {
  const user = await open(2);
  const versions = await screen.findByRole("group", { name: "Answers to this message" });
  const [previous, next] = within(versions).getAllByRole("button") as [HTMLElement, HTMLElement];
  expect(answers()).toEqual(["Answer 3."]);
  expect(within(versions).getByText("3 of 3")).toBeTruthy();
  expect(next.getAttribute("aria-disabled")).toBe("true");
  await user.click(next);
  expect(answers()).toEqual(["Answer 3."]);
  await user.click(previous);
  expect(answers()).toEqual(["Answer 2."]);
  await user.keyboard("{Enter}"); // the focus is still there
  expect(answers()).toEqual(["Answer 1."]);
  expect(within(versions).getByText("1 of 3").getAttribute("role")).toBe("status");
  expect(document.activeElement).toBe(previous);
  await user.click(previous);
  await user.click(next);
  expect(answers()).toEqual(["Answer 2."]);
  await user.click(screen.getByRole("button", { name: "Regenerate answer" }));
  await waitFor(() => expect(answers()).toEqual(["Answer 4."])); // the newest again
});

test("only the last thing that was said can be regenerated, and nothing while an answer is given", async () => {
  const user = await open(0);
  server.speaks = false;
  await user.type(screen.getByRole("textbox"), "And now{Enter}");
  await screen.findByText("Writing…");
  expect(screen.queryByRole("button", { name: "Regenerate answer" })).toBeNull();
  act(() => server.finishSpeaking());
  await within(screen.getByRole("log")).findByText("Answer 2.");
  const button = await screen.findByRole("button", { name: "Regenerate answer" });
  expect(button.closest("article")?.textContent).toContain("Answer 2.");
});

test("why an answer is not given again is said", async () => {
  const user = await open(0);
  server.refusals["chat:regenerate"] = [{ code: "rate_limited", message: "Too fast.", retryAfterMs: 2_000 }];
  await user.click(await screen.findByRole("button", { name: "Regenerate answer" }));
  expect((await screen.findByRole("alert")).textContent).toContain("Try again in 2 s.");
  expect(answers()).toEqual(["Answer 1."]);
});
