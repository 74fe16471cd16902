// @vitest-environment happy-dom
import { createEvent, fireEvent, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState, type ReactNode } from "react";
import { expect, test, vi } from "vitest";
import { Composer } from "../../src/components/chat/Composer.js";

const INPUT_METHOD = 229;

function Page({ onSend, onStop }: { onSend: (text: string) => void; onStop?: () => void }): ReactNode {
  const [draft, setDraft] = useState("");
  return (
    <Composer
      agentName="Mira"
      draft={draft}
      isAnswering={onStop !== undefined}
      isDisabled={false}
      onDraft={setDraft}
      onSend={(text) => {
        onSend(text);
        setDraft("");
      }}
      onStop={onStop ?? (() => undefined)}
    />
  );
}

function open() {
  const sent: string[] = [];
  render(<Page onSend={(text) => sent.push(text)} />);
  const field = screen.getByRole<HTMLTextAreaElement>("textbox");
  return { sent, field, user: userEvent.setup() };
}

interface Key {
  keyCode?: number;
  isComposing?: boolean;
  shiftKey?: boolean;
  ctrlKey?: boolean;
}

/** Presses Enter; whether the browser may do with it what it does by itself: begin a line. */
function enter(field: HTMLElement, key: Key = {}): boolean {
  const event = createEvent.keyDown(field, { key: "Enter", keyCode: 13, ...key });
  fireEvent(field, event);
  return !event.defaultPrevented;
}

test("an Enter that chooses a word in Chrome and Firefox sends nothing: it comes before the end of the composition", () => {
  const { sent, field } = open();
  fireEvent.compositionStart(field);
  fireEvent.change(field, { target: { value: "にほん" } });
  expect(enter(field, { keyCode: INPUT_METHOD, isComposing: true })).toBe(true);
  fireEvent.compositionEnd(field);
  expect(sent).toEqual([]);
  enter(field);
  expect(sent).toEqual(["にほん"]);
});

test("nor in Safari, where it comes after the end of the composition and only its code tells", () => {
  const { sent, field } = open();
  fireEvent.compositionStart(field);
  fireEvent.change(field, { target: { value: "にほん" } });
  fireEvent.compositionEnd(field);
  expect(enter(field, { keyCode: INPUT_METHOD, isComposing: false })).toBe(true);
  expect(sent).toEqual([]);
  enter(field);
  expect(sent).toEqual(["にほん"]);
});

test("on a phone Enter begins a line, and the button sends", async () => {
  vi.stubGlobal("matchMedia", (query: string) => ({
    matches: query === "(pointer: coarse)",
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
  const { sent, field, user } = open();
  expect(field.getAttribute("enterkeyhint")).toBe("enter");
  await user.type(field, "one{Enter}two");
  expect(field.value).toBe("one\ntwo");
  expect(sent).toEqual([]);
  await user.click(screen.getByRole("button", { name: "Send" }));
  expect(sent).toEqual(["one\ntwo"]);
  await user.type(field, "with a keyboard");
  enter(field, { ctrlKey: true });
  expect(sent).toEqual(["one\ntwo", "with a keyboard"]);
});

test("with a mouse Enter sends, with Shift it begins a line", async () => {
  const { sent, field, user } = open();
  expect(field.getAttribute("enterkeyhint")).toBe("send");
  await user.type(field, "one");
  expect(enter(field, { shiftKey: true })).toBe(true);
  expect(sent).toEqual([]);
  expect(enter(field)).toBe(false);
  expect(sent).toEqual(["one"]);
});
