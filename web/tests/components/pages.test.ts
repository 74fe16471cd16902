import { expect, test } from "vitest";
import type { ChatLine } from "../../src/client/chat/line.js";
import { Paginator } from "../../src/hooks/log/pages.js";

function line(number: number): ChatLine {
  return { key: String(number), role: "user", text: String(number), timestamp: number, state: "sent" };
}

const ALL = Array.from({ length: 200 }, (_, number) => line(number));

test("all lines are there, once and in order", () => {
  const paginator = new Paginator();
  for (const [from, to] of [
    [100, 101],
    [100, 150],
    [57, 150],
    [57, 163],
    [0, 200],
  ] as const) {
    const lines = ALL.slice(from, to);
    expect(paginator.pages(lines).flatMap((page) => page.lines)).toEqual(lines);
  }
  expect(paginator.pages([])).toEqual([]);
});

test("lines before and after leave the pages between as they were", () => {
  const paginator = new Paginator();
  const before = paginator.pages(ALL.slice(100, 165));
  const after = paginator.pages(ALL.slice(50, 170));
  expect(before.slice(1, 3).every((page) => after.includes(page))).toBe(true);
});

test("a line that changes makes its own page a new one, and no other", () => {
  const paginator = new Paginator();
  const before = paginator.pages(ALL);
  const after = paginator.pages(ALL.with(45, { ...line(45), text: "changed" }));
  expect(after.filter((page) => !before.includes(page)).map(({ id }) => id)).toEqual([2]);
});

test("a page knows the line before it", () => {
  const [first, second] = new Paginator().pages(ALL);
  expect([first?.before, second?.before]).toEqual([undefined, first?.lines.at(-1)]);
});

test("when its first line is given up, pages begin anew", () => {
  const paginator = new Paginator();
  paginator.pages(ALL.slice(0, 30));
  expect(paginator.pages(ALL.slice(1, 30)).flatMap((page) => page.lines)).toEqual(ALL.slice(1, 30));
});
