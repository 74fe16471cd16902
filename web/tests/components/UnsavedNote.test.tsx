// @vitest-environment happy-dom
import { cleanup, render, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { configure } from "../../src/client/config.js";
import { RealTimeChatInterface } from "../../src/components/chat/RealTimeChatInterface.js";
import { faults, fresh } from "../client/faults.js";
import { FakeChat } from "../server.js";

afterEach(cleanup);

test("a chat says that what waits cannot be saved, until it has been sent", async () => {
  fresh();
  const server = await FakeChat.start();
  configure({ url: server.url });
  render(<RealTimeChatInterface agentId="mira" agentName="Mira" userId="full" apiKey="full-key" />);
  await screen.findByText("Connected");
  faults["a disk that is full when it is committed"]();
  server.refusals["chat:message"] = Array.from({ length: 2 }, () => ({
    code: "unavailable",
    message: "Not now.",
    retryAfterMs: 1_500,
  }));
  const user = userEvent.setup();
  await user.type(screen.getByRole("textbox"), "hello{Enter}");
  const note = await screen.findByText(/Your browser cannot save/u, {}, { timeout: 3_000 });
  expect(note.closest("[role=status]")).toBeTruthy();
  await within(screen.getByRole("log")).findAllByText("hello", {}, { timeout: 6_000 });
  await vi.waitFor(() => expect(screen.queryByText(/Your browser cannot save/u)).toBeNull(), {
    timeout: 6_000,
  });
  await server.close();
});
