import type { LanguageFn } from "highlight.js";
import { createLowlight } from "lowlight";
import type { ReactNode } from "react";

/** Loaded once the first code is shown, and of the languages only those that it is in. */
const LANGUAGES: Record<string, () => Promise<{ default: LanguageFn }>> = {
  bash: () => import("highlight.js/lib/languages/bash"),
  c: () => import("highlight.js/lib/languages/c"),
  cpp: () => import("highlight.js/lib/languages/cpp"),
  csharp: () => import("highlight.js/lib/languages/csharp"),
  css: () => import("highlight.js/lib/languages/css"),
  diff: () => import("highlight.js/lib/languages/diff"),
  dockerfile: () => import("highlight.js/lib/languages/dockerfile"),
  go: () => import("highlight.js/lib/languages/go"),
  graphql: () => import("highlight.js/lib/languages/graphql"),
  ini: () => import("highlight.js/lib/languages/ini"),
  java: () => import("highlight.js/lib/languages/java"),
  javascript: () => import("highlight.js/lib/languages/javascript"),
  json: () => import("highlight.js/lib/languages/json"),
  kotlin: () => import("highlight.js/lib/languages/kotlin"),
  latex: () => import("highlight.js/lib/languages/latex"),
  lua: () => import("highlight.js/lib/languages/lua"),
  makefile: () => import("highlight.js/lib/languages/makefile"),
  markdown: () => import("highlight.js/lib/languages/markdown"),
  perl: () => import("highlight.js/lib/languages/perl"),
  php: () => import("highlight.js/lib/languages/php"),
  powershell: () => import("highlight.js/lib/languages/powershell"),
  python: () => import("highlight.js/lib/languages/python"),
  r: () => import("highlight.js/lib/languages/r"),
  ruby: () => import("highlight.js/lib/languages/ruby"),
  rust: () => import("highlight.js/lib/languages/rust"),
  scala: () => import("highlight.js/lib/languages/scala"),
  scss: () => import("highlight.js/lib/languages/scss"),
  shell: () => import("highlight.js/lib/languages/shell"),
  sql: () => import("highlight.js/lib/languages/sql"),
  swift: () => import("highlight.js/lib/languages/swift"),
  typescript: () => import("highlight.js/lib/languages/typescript"),
  xml: () => import("highlight.js/lib/languages/xml"),
  yaml: () => import("highlight.js/lib/languages/yaml"),
};
const ALIASES: Record<string, string> = {
  "c#": "csharp",
  "c++": "cpp",
  console: "shell",
  cs: "csharp",
  docker: "dockerfile",
  golang: "go",
  html: "xml",
  js: "javascript",
  jsx: "javascript",
  kt: "kotlin",
  make: "makefile",
  md: "markdown",
  ps1: "powershell",
  py: "python",
  rb: "ruby",
  rs: "rust",
  sh: "bash",
  svg: "xml",
  tex: "latex",
  toml: "ini",
  ts: "typescript",
  tsx: "typescript",
  vue: "xml",
  yml: "yaml",
  zsh: "bash",
};

const DEPTH_MAX = 12; // of strings in code in strings: no code goes deeper

const lowlight = createLowlight();

/** Code as elements whose classes say what their text is; undefined in a language that is not known here. */
export async function colours(text: string, name: string): Promise<ReactNode> {
  const wanted = name.toLowerCase();
  const language = Object.hasOwn(ALIASES, wanted) ? ALIASES[wanted] : wanted;
  if (!language || !Object.hasOwn(LANGUAGES, language)) return undefined;
  if (!lowlight.registered(language)) {
    const loaded = await LANGUAGES[language]?.();
    if (loaded) lowlight.register(language, loaded.default);
  }
  return elements(lowlight.highlight(language, text, { prefix: "ssio-hl-" }).children);
}

type Node = ReturnType<typeof lowlight.highlight>["children"][number];

/** Elements of code, in each other as deep as a page can bear: what lies deeper is their text. */
function elements(nodes: readonly Node[], depth = 0): ReactNode {
  return nodes.map((node, at) => {
    if (node.type === "text") return node.value;
    if (node.type !== "element") return null;
    const [kind] = node.properties.className as string[]; // the others refine it, and have no prefix
    return (
      <span key={at} className={kind}>
        {depth < DEPTH_MAX ? elements(node.children, depth + 1) : textOf(node)}
      </span>
    );
  });
}

/** The text of a node, without a stack that is as deep as it. */
function textOf(node: Node): string {
  let text = "";
  const left = [node];
  for (let next = left.pop(); next; next = left.pop()) {
    if (next.type === "text") text += next.value;
    if (next.type === "element") left.push(...next.children.toReversed());
  }
  return text;
}
