import type { Token, Tokens } from "marked";
import type { ChatWords } from "../../words/words.js";
import { BlockReader } from "./blocks.js";
import { decoded } from "./entities.js";
import type { Maths } from "./lexer.js";

type SpokenWords = Pick<ChatWords, "codeIn" | "done" | "image" | "spokenCode" | "toDo">;

/**
 * A text in Markdown as it would be read out: words instead of marks, the name of a link instead of its address, and of
 * code only that it is there.
 */
export function spoken(text: string, words: SpokenWords): string {
  return sentences(new BlockReader().read(text), words).join(" ");
}

type Speaker = (token: never, words: SpokenWords) => readonly string[];

const BLOCKS: Record<string, Speaker> = {
  blockquote: ({ tokens }: Tokens.Blockquote, words) => sentences(tokens, words),
  checkbox: (token: Tokens.Checkbox, words) => [checkbox(token, words)],
  code: ({ lang }: Tokens.Code, words) => {
    const language = lang && decoded(lang).split(/\s/u)[0];
    return [sentence(language ? words.codeIn(language) : words.spokenCode)];
  },
  heading: ({ tokens }: Tokens.Heading, words) => [sentence(line(tokens, words))],
  list: ({ ordered, start, items }: Tokens.List, words) =>
    items.map(
      (item, at) => (ordered ? `${Number(start) + at}. ` : "") + sentences(item.tokens, words).join(" "),
    ),
  maths: (token: Maths) => [sentence(maths(token))],
  paragraph: ({ tokens }: Tokens.Paragraph, words) => [sentence(line(tokens, words))],
  table: ({ header, rows }: Tokens.Table, words) =>
    [header, ...rows].map((row) =>
      sentence(
        row
          .map(({ tokens }) => line(tokens, words))
          .filter(Boolean)
          .join(", "),
      ),
    ),
  text: ({ tokens, text }: Tokens.Text, words) => [sentence(tokens ? line(tokens, words) : text)],
};

const SPANS: Record<string, (token: never, words: SpokenWords) => string> = {
  br: () => " ",
  checkbox: (token: Tokens.Checkbox, words) => `${checkbox(token, words)} `,
  codespan: ({ text }: Tokens.Codespan) => text,
  escape: ({ text }: Tokens.Escape) => text,
  html: () => " ",
  image: ({ text }: Tokens.Image, words) => decoded(text) || words.image,
  link: ({ href, autolink, tokens }: Tokens.Link, words) => (autolink ? place(href) : line(tokens, words)),
  maths,
};

function sentences(tokens: readonly Token[], words: SpokenWords): string[] {
  return tokens.flatMap((token) => BLOCKS[token.type]?.(token as never, words) ?? []).filter(Boolean);
}

function line(tokens: readonly Token[] | undefined, words: SpokenWords): string {
  return (tokens ?? [])
    .map((token) => span(token, words))
    .join("")
    .replace(/\s+/g, " ")
    .trim();
}

function span(token: Token, words: SpokenWords): string {
  const speaker = SPANS[token.type];
  if (speaker) return speaker(token as never, words);
  const { tokens, text } = token as Tokens.Generic;
  return tokens ? tokens.map((one) => span(one, words)).join("") : decoded(String(text ?? token.raw));
}

function checkbox({ checked }: Tokens.Checkbox, words: SpokenWords): string {
  return `${checked ? words.done : words.toDo}:`;
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
