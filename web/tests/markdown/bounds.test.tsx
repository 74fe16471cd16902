// @vitest-environment happy-dom
import { render } from "@testing-library/react";
import { expect, test } from "vitest";
import { BlockReader } from "../../src/components/markdown/blocks.js";
import { DEPTH_MAX } from "../../src/components/markdown/lexer.js";
import { Markdown } from "../../src/components/markdown/Markdown.js";

const ANSWER = 24_000; // code points: an answer ends there
const CPU_SECONDS_MAX = 3; // each takes 0.3 at most, and machines are slow at times

function filled(pattern: string, length = ANSWER): string {
  return pattern.repeat(Math.ceil(length / pattern.length)).slice(0, length);
}

function steps(write: (level: number) => string): string {
  let text = "";
  for (let level = 0; text.length < ANSWER; level += 1) text += write(level);
  return text;
}

const HOSTILE = {
  "quotes in quotes": filled(">"),
  "2,500 quotes": ">".repeat(2_500),
  "quotes with spaces": filled("> "),
  "a quote that goes on without its mark": `${filled(">", 12_000)}\n${filled("。", 12_000)}`,
  "quotes that go on": `${filled(" > > ", 12_000)}\n${filled(".`", 12_000)}`,
  "quotes in steps": steps((level) => `${">".repeat(level)} a\n`),
  "lists in lists on a line": filled("- "),
  "numbered lists on a line": filled("1. "),
  "lists and quotes": filled("> - "),
  "lists in steps": steps((level) => `${" ".repeat(2 * level)}- a\n`),
  "a list of lists": filled("* a\n  * b\n"),
  "a long list": filled("- a\n"),
  "3,990 stars on each side": `${"*".repeat(3_990)}a${"*".repeat(3_990)}`,
  "12,000 stars on each side": `${"*".repeat(12_000)}a${"*".repeat(12_000)}`,
  "stars and bars": `${"*_".repeat(6_000)}a${"_*".repeat(6_000)}`,
  "emphasis that is never closed": filled("**_a"),
  "emphasis that opens and closes": filled("*a**b "),
  strikes: filled("~~a "),
  "strikes in code": filled("~\\``"),
  brackets: filled("["),
  "brackets in brackets": "[".repeat(12_000) + "]".repeat(12_000),
  "links without an end": filled("[a](b"),
  references: filled("[a][b"),
  "images in images": filled("!["),
  definitions: steps((level) => `[${level}]: u\n`),
  backticks: steps((level) => `${"`".repeat(level)}e`),
  tags: filled("<a b='"),
  comments: filled("<!--"),
  addresses: filled("a.a@"),
  underscores: filled("a_"),
  maths: filled("\\(a"),
  "maths on lines": filled("\\[\na\n"),
  "maths within paragraphs": filled("a \\[\n- b\n"),
  "maths within paragraphs that do not end": filled("a \\(b\n\n"),
  "bars in maths": `|a|b|\n|-|-|\n${filled("|\\(x|y\\)|z|\n")}`,
  "maths without an end in a table": `|a|b|\n|-|-|\n|${filled("\\(", 23_000)}\n`,
  "line breaks": filled("<br>\n"),
  footnotes: steps((level) => `[^${level}]: u\n`),
  "links in links": filled("[a **b "),
  "emphasis in quotes in lists": filled("- > **a _b\n"),
  "a table": `|a|b|\n|-|-|\n${filled("|x|y|\n")}`,
  "a wide table": `${filled("|a", 12_000)}|\n${filled("|-", 12_000)}|`,
  "short lines": filled("a\n"),
  "one word": filled("a"),
};

test.each(Object.entries(HOSTILE))("an answer of %s is read in time, and shown", (_, text) => {
  const start = process.cpuUsage();
  new BlockReader().read(text);
  expect(process.cpuUsage(start).user / 1e6).toBeLessThan(CPU_SECONDS_MAX);
  const { container } = render(<Markdown text={text} />);
  expect(depth(container.querySelector(".ssio-markdown") as Element)).toBeLessThan(4 * DEPTH_MAX);
});

test("what lies too deep is there as text", () => {
  const { container } = render(<Markdown text={`${">".repeat(2_500)} the end`} />);
  expect(container.querySelectorAll("blockquote")).toHaveLength(DEPTH_MAX);
  expect(container.textContent).toMatch(/^>+ the end$/);
  expect(container.textContent).toHaveLength(2_500 - DEPTH_MAX + " the end".length);
});

test("stars that lie too deep stay stars", () => {
  const { container } = render(<Markdown text={`${"*".repeat(100)}a${"*".repeat(100)}`} />);
  expect(container.querySelectorAll("strong")).toHaveLength(DEPTH_MAX);
  expect(container.textContent).toBe(`${"*".repeat(100 - 2 * DEPTH_MAX)}a${"*".repeat(100 - 2 * DEPTH_MAX)}`);
});

test("of a text that is longer than any answer the rest is text", () => {
  const { container } = render(<Markdown text={`${filled("some **words** ", 48_000)}**and more**`} />);
  expect(container.querySelector(".ssio-markdown")?.lastElementChild?.textContent).toContain("**and more**");
});

test("a text that grows in a long paragraph keeps its emphasis wherever it is cut to be read", () => {
  const text = "**bold** and plain words, ".repeat(400);
  expect(render(<Markdown text={text} />).container.querySelectorAll("strong")).toHaveLength(400);
  const across = `**${"word ".repeat(1_000)}end**`;
  expect(new BlockReader().read(across)[0]).toMatchObject({ tokens: [{ type: "strong" }] });
});

function depth(element: Element): number {
  let [levels, row] = [0, [element]];
  while (row.length > 0) [levels, row] = [levels + 1, row.flatMap((each) => [...each.children])];
  return levels;
}
