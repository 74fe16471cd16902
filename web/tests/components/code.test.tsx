// @vitest-environment happy-dom
import { act, render, screen, waitFor } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { Markdown } from "../../src/components/markdown/Markdown.js";

const loads = vi.hoisted(() => ({ count: 0, fails: false }));

vi.mock("../../src/components/markdown/colours.js", async (load) => {
  loads.count += 1;
  const { colours } = await load<typeof import("../../src/components/markdown/colours.js")>();
  return {
    colours: async (text: string, name: string) => {
      if (loads.fails) throw new TypeError("Failed to fetch dynamically imported module");
      return colours(text, name);
    },
  };
});

function fenced(language: string, text: string): string {
  return `\`\`\`${language}\n${text}\n\`\`\``;
}

test("what colours code is loaded with the first code, and not before", async () => {
  const { container, rerender } = render(<Markdown text="No code, but `some`.\n\n    and this" />);
  await act(async () => new Promise((resolve) => setTimeout(resolve, 50)));
  expect(loads.count).toBe(0);
  rerender(<Markdown text={fenced("ts", 'const a: string = "b"; // c')} />);
  await waitFor(() => expect(container.querySelector(".ssio-hl-keyword")?.textContent).toBe("const"));
  expect(loads.count).toBe(1);
  expect(container.querySelector(".ssio-hl-string")?.textContent).toBe('"b"');
  expect(container.querySelector("pre")?.textContent).toBe('const a: string = "b"; // c');
});

test("every class has the package's prefix, and there is no style", async () => {
  const text = 'class A:\n    def f(self):\n        return f"{self}" # x';
  const { container } = render(<Markdown text={fenced("py", text)} />);
  await waitFor(() => expect(container.querySelector(".ssio-hl-keyword")).not.toBeNull());
  const classes = [...container.querySelectorAll("pre *")].flatMap((each) => [...each.classList]);
  expect(classes.filter((each) => !each.startsWith("ssio-"))).toEqual([]);
  expect(container.querySelector("[style]")).toBeNull();
});

test("code that grows keeps its colours, and the rest follows", async () => {
  const { container, rerender } = render(<Markdown text={"```js\nlet a = 1;\n"} />);
  await waitFor(() => expect(container.querySelector(".ssio-hl-keyword")?.textContent).toBe("let"));
  const first = container.querySelector(".ssio-hl-keyword")?.firstChild;
  rerender(<Markdown text={"```js\nlet a = 1;\nlet b = 2;\n"} />);
  expect(container.querySelector("pre")?.textContent).toBe("let a = 1;\nlet b = 2;");
  expect(container.querySelectorAll(".ssio-hl-keyword")).toHaveLength(1);
  await waitFor(() => expect(container.querySelectorAll(".ssio-hl-keyword")).toHaveLength(2));
  expect(container.querySelector(".ssio-hl-keyword")?.firstChild).toBe(first);
});

test.each([
  ["js", "`${"],
  ["python", 'f"{'],
  ["swift", "/*"],
])(
  "code in %s that is deeper than any stack has all of its text, and bounded depth",
  async (language, opener) => {
    const text = `${opener.repeat(6_000)} end`;
    const { container } = render(<Markdown text={fenced(language, text)} />);
    await waitFor(() => expect(container.querySelector("pre span")).not.toBeNull(), { timeout: 5_000 });
    expect(container.querySelector("pre")?.textContent).toBe(text);
    expect(container.querySelector(`pre ${"span ".repeat(14)}`)).toBeNull();
  },
);

test.each(["", "nosuchlanguage", "constructor", "__proto__"])(
  "code in %j is shown as it is",
  async (language) => {
    const { container } = render(<Markdown text={fenced(language, "let a = 1;")} />);
    await act(async () => new Promise((resolve) => setTimeout(resolve, 50)));
    expect(container.querySelector("pre")?.textContent).toBe("let a = 1;");
    expect(container.querySelector("pre span")).toBeNull();
  },
);

test("where the colours cannot be loaded, the code can be read", async () => {
  loads.fails = true;
  const { container } = render(<Markdown text={fenced("js", "let a = 1;")} />);
  await act(async () => new Promise((resolve) => setTimeout(resolve, 50)));
  expect(container.querySelector("pre")?.textContent).toBe("let a = 1;");
  expect(screen.getByRole("button", { name: "Copy js" })).toBeTruthy();
  loads.fails = false;
});
