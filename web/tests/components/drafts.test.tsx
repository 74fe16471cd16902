// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { StrictMode } from "react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { configure } from "../../src/client/config.js";
import { RealTimeChatInterface } from "../../src/components/chat/RealTimeChatInterface.js";
import { FakeChat } from "../server.js";

let server: FakeChat;
beforeEach(async () => {
  server = await FakeChat.start();
  configure({ url: server.url });
});
afterEach(() => server.close());

function chat(agentId: string) {
  return <RealTimeChatInterface agentId={agentId} agentName={agentId} userId="dora" apiKey="dora-key" />;
}

test("a draft waits in its chat while another is open", async () => {
  const user = userEvent.setup();
  const { rerender } = render(chat("mira"), { wrapper: StrictMode });
  await user.type(screen.getByRole("textbox"), "Dear Mira");
  rerender(chat("echo"));
  expect(screen.getByRole<HTMLTextAreaElement>("textbox").value).toBe("");
  await user.type(screen.getByRole("textbox"), "Hello?");
  rerender(chat("mira"));
  expect(screen.getByRole<HTMLTextAreaElement>("textbox").value).toBe("Dear Mira");
});

test("also where the storage throws", async () => {
  vi.stubGlobal("sessionStorage", undefined);
  const user = userEvent.setup();
  const { rerender } = render(chat("mira"), { wrapper: StrictMode });
  await user.clear(screen.getByRole("textbox"));
  await user.type(screen.getByRole("textbox"), "Without a disk");
  rerender(chat("echo"));
  rerender(chat("mira"));
  expect(screen.getByRole<HTMLTextAreaElement>("textbox").value).toBe("Without a disk");
});
