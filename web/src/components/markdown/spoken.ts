import type { Token, Tokens } from "marked";
import { BlockReader } from "./blocks.js";
import { decoded } from "./entities.js";
import type { Maths } from "./lexer.js";

/**
 * A text in Markdown as it would be read out: words instead of marks, the name of a link instead of its address, and of
 * code only that it is there.
 */
export function spoken(text: string): string {
  return sentences(new BlockReader().read(text)).join(" ");
}

type Speaker = (token: never) => readonly string[];

const BLOCKS: Record<string, Speaker> = {
  blockquote: ({ tokens }: Tokens.Blockquote) => sentences(tokens),
  checkbox: ({ checked }: Tokens.Checkbox) => [checked ? "Done:" : "To do:"],
  code: ({ lang }: Tokens.Code) => [lang ? `Code, ${decoded(lang).split(/\s/u)[0]}.` : "Code."],
  heading: ({ tokens }: Tokens.Heading) => [sentence(words(tokens))],
  list: ({ ordered, start, items }: Tokens.List) =>
    items.map((item, at) => (ordered ? `${Number(start) + at}. ` : "") + sentences(item.tokens).join(" ")),
  maths: (token: Maths) => [sentence(maths(token))],
  paragraph: ({ tokens }: Tokens.Paragraph) => [sentence(words(tokens))],
  table: ({ header, rows }: Tokens.Table) =>
    [header, ...rows].map((row) =>
      sentence(
        row
          .map(({ tokens }) => words(tokens))
          .filter(Boolean)
          .join(", "),
      ),
    ),
  text: ({ tokens, text }: Tokens.Text) => [sentence(tokens ? words(tokens) : text)],
};

const SPANS: Record<string, (token: never) => string> = {
  br: () => " ",
  checkbox: ({ checked }: Tokens.Checkbox) => (checked ? "Done: " : "To do: "),
  codespan: ({ text }: Tokens.Codespan) => text,
  escape: ({ text }: Tokens.Escape) => text,
  html: () => " ",
  image: ({ text }: Tokens.Image) => decoded(text) || "image",
  link: ({ href, autolink, tokens }: Tokens.Link) => (autolink ? place(href) : words(tokens)),
  maths,
};

function sentences(tokens: readonly Token[]): string[] {
  return tokens.flatMap((token) => BLOCKS[token.type]?.(token as never) ?? []).filter(Boolean);
}

function words(tokens: readonly Token[] | undefined): string {
  return (tokens ?? []).map(word).join("").replace(/\s+/g, " ").trim();
}

function word(token: Token): string {
  const speaker = SPANS[token.type];
  if (speaker) return speaker(token as never);
  const { tokens, text } = token as Tokens.Generic;
  return tokens ? tokens.map(word).join("") : decoded(String(text ?? token.raw));
}

/** A full stop is a pause to the ear. */
function sentence(text: string): string {
  return text === "" || /[\p{P}]$/u.test(text) ? text : `${text}.`;
}

function maths({ text }: Maths): string {
  return text.slice(2, -2).trim();
}

/** What a bare address leads to: its host says that, the rest is noise to the ear. */
function place(href: string): string {
  return /^\w+:\/\/([^/?#]+)/.exec(href)?.[1] ?? href.replace(/^\w+:/, "");
}
