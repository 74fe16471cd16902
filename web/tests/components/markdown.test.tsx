// @vitest-environment happy-dom
import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { BlockReader } from "../../src/components/markdown/blocks.js";
import { safeHref } from "../../src/components/markdown/links.js";
import { Markdown } from "../../src/components/markdown/Markdown.js";

const EVERYTHING = `# A title

Some **bold** and *leaning* words, a ~~wrong~~ one, \`code\`
and a [link](https://example.com/a).

1. one
2. two
   - nested

- [x] done
- [ ] to do

| left | right |
|---|--:|
| 1 | 2 |

> said

\`\`\`python
print("hi")
\`\`\`

***

The end.`;

/** Where one construct ends in the middle of another. */
const NESTED = `Then \\[
- x + y
= **z**
\\] and [^1].

| \\(P\\) | <br> |
|---|---|
| \\(P(a|b)\\) | 5~7 &lt; \`a\\|b\` |

> 0. See [x][1] at https://example.com/?a=1&amp;b=2。
>    \\[
>    x
>    \\]

<br>
And **so** on.

[^1]: note
[1]: https://example.com`;

function shown(text: string): HTMLElement {
  return render(<Markdown text={text} />).container;
}

test("what Markdown means is what is shown", () => {
  const page = shown(EVERYTHING);
  expect(page.querySelector("h3")?.textContent).toBe("A title");
  expect(page.querySelector("strong")?.textContent).toBe("bold");
  expect(page.querySelector("em")?.textContent).toBe("leaning");
  expect(page.querySelector("del")?.textContent).toBe("wrong");
  expect(page.querySelector("p code")?.textContent).toBe("code");
  expect(page.querySelector("p br")).not.toBeNull();
  expect(page.querySelector("ol ul")?.textContent).toBe("nested");
  expect([...page.querySelectorAll("input")].map(({ checked }) => checked)).toEqual([true, false]);
  expect(page.querySelector("td[data-align=end]")?.textContent).toBe("2");
  expect(page.querySelector("blockquote")?.textContent).toBe("said");
  expect(page.querySelector("pre")?.textContent).toBe('print("hi")');
  expect(page.querySelector("hr")).not.toBeNull();
});

test.each([
  "<img src=x onerror=alert(1)>",
  "<script>alert(1)</script>",
  "a <b>word</b>",
  "<div>\n\nx\n\n</div>",
])("HTML is text: %s", (text) => {
  const page = shown(text);
  expect(page.querySelector("img, script, b, .ssio-markdown div")).toBeNull();
  expect(page.textContent.replaceAll("\n", "")).toBe(text.replaceAll("\n", ""));
});

test.each([
  ["a range is not struck through", "5~7 Grad, 100~200 Meter", "<p>5~7 Grad, 100~200 Meter</p>"],
  ["what is wrong is", "~~5~7~~", "<p><del>5~7</del></p>"],
  [
    "entities are what they name",
    "&lt;b&gt; &amp;amp; &#169; &#xA9; &nosuch;",
    "<p>&lt;b&gt; &amp;amp; © © &amp;nosuch;</p>",
  ],
  ["in code they are not", "`&lt;`", "<p><code>&amp;lt;</code></p>"],
  [
    "bold beside Japanese punctuation",
    "これは**「重要」**です。",
    "<p>これは<strong>「重要」</strong>です。</p>",
  ],
  ["bold that ends with it", "**注意：**次の行", "<p><strong>注意：</strong>次の行</p>"],
  ["bold beside Chinese quotes", "他说**“重要”**的话", "<p>他说<strong>“重要”</strong>的话</p>"],
  [
    "bold beside Latin quotes in Korean",
    '이것은**"중요"**합니다',
    '<p>이것은<strong>"중요"</strong>합니다</p>',
  ],
  ["a line break in HTML", "a<br>b<BR/>c<br />d", "<p>a<br>b<br>c<br>d</p>"],
  [
    "maths keeps its delimiters",
    "so \\(a_1 * b_1 * c\\) it is",
    "<p>so <bdi>\\(a_1 * b_1 * c\\)</bdi> it is</p>",
  ],
  [
    "maths on its own",
    "This:\n\\[\n= x\n- y\n\\]\nand on",
    "<p>This:</p><p>\\[\n= x\n- y\n\\]</p><p>and on</p>",
  ],
  ["an escaped bracket is one", "\\[no link](x) \\(", "<p>[no link](x) (</p>"],
  [
    "maths that begins within a paragraph goes on over lines that look like a list",
    "So \\[\n- x\n= **y**\n\\] it is.\n- one",
    "<p>So <bdi>\\[\n- x\n= **y**\n\\]</bdi> it is.</p><ul><li>one</li></ul>",
  ],
  [
    "maths in a list and a quote",
    "- a \\(x_1\\)\n  > \\[\n  > y\n  > \\]",
    "<ul><li>a <bdi>\\(x_1\\)</bdi><blockquote><p>\\[\ny\n\\]</p></blockquote></li></ul>",
  ],
  ["a line break on a line of its own", "<br>\n**a**\n\nb", "<br><p><strong>a</strong></p><p>b</p>"],
  [
    "a footnote is there, and what it says",
    "So it is.[^1]\n\n[^1]: Perhaps",
    "<p>So it is.[^1]</p><p>[^1]: Perhaps</p>",
  ],
  [
    "entities in a quote in a list",
    "- > &lt; **&amp;**",
    "<ul><li><blockquote><p>&lt; <strong>&amp;</strong></p></blockquote></li></ul>",
  ],
  [
    "ranges in a list in a quote",
    "> - 0. 5~7 ~~x~~",
    '<blockquote><ul><li><ol start="0"><li>5~7 <del>x</del></li></ol></li></ul></blockquote>',
  ],
  [
    "bold around code and a link beside Japanese",
    "これは**`a`「[b](c)」**です",
    "<p>これは<strong><code>a</code>「b」</strong>です</p>",
  ],
  ["a list from nought", "0. a\n1. b", '<ol start="0"><li>a</li><li>b</li></ol>'],
  [
    "a task list with room",
    "- [x] a\n\n- [ ] b",
    "<ul><li><input><p>a</p></li><li><input><p>b</p></li></ul>",
  ],
])("%s", (_, text, html) => {
  const page = shown(text).querySelector(".ssio-markdown") as HTMLElement;
  for (const element of page.querySelectorAll("*")) {
    for (const { name } of [...element.attributes]) if (name !== "start") element.removeAttribute(name);
  }
  expect(page.innerHTML).toBe(html);
});

test("a cell of a table has line breaks", () => {
  const cell = shown("| a | b |\n|---|---|\n| one<br>two | three |").querySelector("td");
  expect(cell?.innerHTML).toBe("one<br>two");
});

test.each([
  ["https://example.com。", "https://example.com/"],
  ["見て(https://example.com/a)、次", "https://example.com/a"],
  ["www.example.com。", "http://www.example.com/"],
  ["https://ja.wikipedia.org/wiki/日本語。次", "https://ja.wikipedia.org/wiki/日本語"],
  ["https://example.com/?a=1&amp;b=2", "https://example.com/?a=1&b=2"],
  ["<https://example.com/?a=1&amp;b=2>", "https://example.com/?a=1&b=2"],
  ["https://example.com/?a=1&copy=2", "https://example.com/?a=1&copy=2"],
  ["**https://example.com/a。**", "https://example.com/a"],
  ["| a |\n|---|\n| 「https://example.com/b」 |", "https://example.com/b"],
  ["- [x][1]\n\n> [1]: https://example.com/c", "https://example.com/c"],
  ["[^1]: https://example.com/d\n\nSee [^1]", "https://example.com/d"],
  ["[x](https://example.com/?a=1&amp;b=2)", "https://example.com/?a=1&b=2"],
  ["[x](https://example.com/f&ouml;)", "https://example.com/fö"],
])("a link leads where it says: %s", (text, href) => {
  expect(decodeURI(shown(text).querySelector("a")?.href ?? "")).toBe(href);
});

test.each([
  ["\\(P(a|b)\\)", "\\(P(a|b)\\)"],
  ["\\[a \\| b|c\\]", "\\[a | b|c\\]"],
])("a bar in maths ends no cell: %s", (text, cell) => {
  const page = shown(`| a | b |\n|---|---|\n| ${text} | c |\n| d \\| | e |`);
  expect([...page.querySelectorAll("td")].map(({ textContent }) => textContent)).toEqual([
    cell,
    "c",
    "d |",
    "e",
  ]);
});

test("where a link leads may be said later, before or elsewhere", () => {
  const { container, rerender } = render(<Markdown text={"See [x][1].\n\nMore"} />);
  expect(container.querySelector("a")).toBeNull();
  rerender(<Markdown text={"See [x][1].\n\nMore\n\n[1]: https://example.com/1"} />);
  expect(container.querySelector("a")?.href).toBe("https://example.com/1");
  rerender(<Markdown text={"See [x][1].\n\nMore\n\n[1]: https://example.com/12\n\nAnd [y][1]."} />);
  expect([...container.querySelectorAll("a")].map(({ href }) => href)).toEqual(
    Array(2).fill("https://example.com/12"),
  );
});

test("no link stands in a link", () => {
  const page = shown(
    "[![moon](https://example.com/moon.jpg)](https://example.com/a) [https://b.com](https://example.com)",
  );
  expect([...page.querySelectorAll("a")].map(({ textContent }) => textContent)).toEqual([
    "moon",
    "https://b.com",
  ]);
});

test("an image is a link, so that nothing is fetched from anywhere by itself", () => {
  const page = shown("![a cat](https://example.com/cat.png)");
  expect(page.querySelector("img")).toBeNull();
  expect(page.querySelector("a")?.href).toBe("https://example.com/cat.png");
  expect(page.querySelector("a")?.textContent).toBe("a cat");
});

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "data:text/html,x",
  "vbscript:x",
  "/somewhere",
  "//example.com",
  "",
  "java\tscript:x",
])("no link leads to %j", (href) => expect(safeHref(href)).toBeUndefined());

test("a link opens elsewhere, and tells nobody where it was", () => {
  const link = shown("see https://example.com/x").querySelector("a");
  expect([link?.target, link?.rel]).toEqual(["_blank", "noopener noreferrer nofollow"]);
});

test("every block of the text finds its own direction, and what lies in it goes along", () => {
  const page = shown("نص\n\n- قائمة\n  - أخرى\n\n> قول\n\n| أ | ب |\n|---|---|\n| ج | د |\n\n# عنوان");
  const blocks = [...(page.querySelector(".ssio-markdown") as HTMLElement).children] as HTMLElement[];
  expect(blocks.map(({ dir }) => dir)).toEqual(["auto", "auto", "auto", "auto", "auto"]);
  expect(page.querySelector(".ssio-markdown > * [dir]")).toBeNull(); // it would not be asked which way the block goes
});

test.each([1, 3, 7])(
  "a text that grows by %i characters reads at every step as if it had been there at once",
  (step) => {
    for (const whole of [EVERYTHING, NESTED]) {
      const reader = new BlockReader();
      for (let end = 0; end <= whole.length; end += step) {
        const text = whole.slice(0, end);
        expect(reader.read(text)).toEqual(new BlockReader().read(text));
      }
    }
  },
);

test("of a text that grows only the last block is a new one", () => {
  const reader = new BlockReader();
  const before = reader.read("one\n\ntwo\n\nthr");
  const after = reader.read("one\n\ntwo\n\nthree");
  expect(after.slice(0, 4).every((block, at) => block === before[at])).toBe(true);
  expect(after[4]).not.toBe(before[4]);
});

test("unusual line ends are read like all others", () => {
  const reader = new BlockReader();
  reader.read("one\r\n\r\ntwo\r\n\r\nth");
  expect(reader.read("one\r\n\r\ntwo\r\n\r\nthree").filter(({ type }) => type === "paragraph")).toHaveLength(
    3,
  );
});

test("code can be taken along", async () => {
  const user = userEvent.setup();
  shown("```js\nlet a = 1;\n```");
  const copied = vi.spyOn(navigator.clipboard, "writeText");
  await user.click(screen.getByRole("button", { name: "Copy js" }));
  expect(copied).toHaveBeenCalledWith("let a = 1;");
  expect(await screen.findByText("Copied")).toBeTruthy();
});

test("where copying is not allowed, that is said", async () => {
  const user = userEvent.setup();
  shown("```js\nlet a = 1;\n```");
  vi.spyOn(navigator.clipboard, "writeText").mockRejectedValue(new DOMException("", "NotAllowedError"));
  await user.click(screen.getByRole("button", { name: "Copy js" }));
  expect(await screen.findByText("Copying is not allowed here")).toBeTruthy();
});

test("text that was there before stays the same nodes while more comes", () => {
  const { container, rerender } = render(<Markdown text="The first words of a text that goes on and" />);
  const before = [...(container.querySelector("p")?.childNodes ?? [])];
  rerender(<Markdown text="The first words of a text that goes on and **on**, and on." />);
  const after = [...(container.querySelector("p")?.childNodes ?? [])];
  expect(before.length).toBeGreaterThan(1);
  expect(after.slice(0, before.length - 1)).toEqual(before.slice(0, -1));
  expect(after.slice(0, before.length - 1).every((node, at) => node === before[at])).toBe(true);
});
