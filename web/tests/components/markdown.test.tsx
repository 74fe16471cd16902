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
  "a <b>word</b> &lt; &amp;",
  "<div>\n\nx\n\n</div>",
])("HTML is text: %s", (text) => {
  const page = shown(text);
  expect(page.querySelector("img, script, b, .ssio-markdown div")).toBeNull();
  expect(page.textContent.replaceAll("\n", "")).toBe(text.replaceAll("\n", ""));
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

test.each(["ltr words", "نص من اليمين"])("every block finds its own direction: %s", (text) => {
  expect(shown(text).querySelector("p")?.dir).toBe("auto");
});

test.each([1, 3, 7])(
  "a text that grows by %i characters reads at every step as if it had been there at once",
  (step) => {
    const reader = new BlockReader();
    for (let end = 0; end <= EVERYTHING.length; end += step) {
      const text = EVERYTHING.slice(0, end);
      expect(reader.read(text)).toEqual(new BlockReader().read(text));
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
