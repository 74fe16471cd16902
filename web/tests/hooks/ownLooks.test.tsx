// @vitest-environment happy-dom
import { fireEvent, render, screen } from "@testing-library/react";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { StrictMode, type ComponentType } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configure } from "../../src/client/config.js";
import { FakeChat } from "../server.js";

const EXAMPLE = resolve(import.meta.dirname, "../package/examples/OwnLooks.tsx");
const DOCS = resolve(import.meta.dirname, "../../../docs/web.md");

let server: FakeChat;

beforeEach(async () => {
  server = await FakeChat.start();
  configure({ url: server.url });
});
afterEach(async () => {
  await server.close();
});

/** The documentation's own chat, as somebody's bundler would see it: by the package's name. */
async function open(): Promise<HTMLTextAreaElement> {
  const { OwnLooks } = (await import(EXAMPLE)) as { OwnLooks: ComponentType<{ user: object }> };
  render(<OwnLooks user={{ id: "looks", apiKey: "looks-key" }} />, { wrapper: StrictMode });
  await screen.findByText("Connected");
  return screen.getByRole<HTMLTextAreaElement>("textbox", { name: "Message" });
}

function write(field: HTMLTextAreaElement, text: string): void {
  fireEvent.change(field, { target: { value: text } });
  fireEvent.keyDown(field, { key: "Enter" });
}

test("looks of one's own, from hooks alone: send, read, give again, look back", async () => {
  const field = await open();
  expect(screen.getByText("Enter sends, Shift and Enter begin a new line.")).toBeTruthy();
  write(field, "one two");
  fireEvent.click(await screen.findByRole("button", { name: "Again" }));
  await screen.findByText(/2 \/ 2/);
  fireEvent.click(screen.getByRole("button", { name: "‹" }));
  await screen.findByText(/1 \/ 2/);
  expect(field.value).toBe("");
});

test("looks of one's own: stop by Escape, and edit what was refused", async () => {
  server.speaks = false;
  const field = await open();
  write(field, "a long story");
  await screen.findByRole("button", { name: "Stop" });
  fireEvent.keyDown(field, { key: "Escape" });
  await screen.findByRole("button", { name: "Send" });
  server.refusals["chat:message"] = [{ code: "forbidden", message: "No." }];
  write(field, "not this");
  fireEvent.click(await screen.findByRole("button", { name: "Edit" }));
  expect(field.value).toBe("not this");
});

test("the example of the documentation is this one", () => {
  const [, ...lines] = readFileSync(EXAMPLE, "utf8").split("\n");
  expect(readFileSync(DOCS, "utf8")).toContain(`\`\`\`tsx\n${lines.join("\n")}\`\`\``);
});
