import type { Links, Token } from "marked";
import { textOf } from "./emphasis.js";
import { lex } from "./lexer.js";

/** An answer has 24,000 code points at most, each of one or two UTF-16 units; what a page hands in may be longer. */
const TEXT_MAX = 48_000;

/**
 * Reads Markdown into blocks. Of a text that grows only what stands after the last blank line is read again: what comes next
 * can change nothing before that, but for where a link leads, which may be said later. Blocks that have not changed are the
 * same objects as before.
 */
export class BlockReader {
  #text = "";
  #blocks: readonly Token[] = [];
  #links: Links = {};

  read(text: string): readonly Token[] {
    if (text === this.#text) return this.#blocks;
    const settled = this.#settled(text);
    const tail = lex(text.slice(lengthOf(settled), TEXT_MAX), linksIn(settled));
    const areLinksSame = JSON.stringify(tail.links) === JSON.stringify(this.#links);
    const blocks = areLinksSame ? [...settled, ...tail] : lex(text.slice(0, TEXT_MAX), {});
    const rest = text.length > TEXT_MAX ? [plain(text.slice(TEXT_MAX))] : [];
    this.#text = text;
    this.#links = tail.links;
    this.#blocks = [...blocks.map((block, at) => this.#known(block, at)), ...rest];
    return this.#blocks;
  }

  /** A block as it was before, if nothing about it is new. One that may hold a link may lead elsewhere. */
  #known(block: Token, at: number): Token {
    const before = this.#blocks[at];
    const isSame = before?.raw === block.raw && before.type === block.type && !block.raw.includes("[");
    return isSame ? before : block;
  }

  /** The blocks that are over: those before the last blank line that something stands after, unless it may go on a list. */
  #settled(text: string): readonly Token[] {
    if (!text.startsWith(this.#text) || text.length > TEXT_MAX) return [];
    let first = this.#blocks.findLastIndex(({ type }) => type !== "space");
    while (first > 0 && !this.#isCut(first)) first -= 1;
    const settled = this.#blocks.slice(0, Math.max(first, 0));
    const isExact = text.startsWith(settled.map(({ raw }) => raw).join("")); // the lexer tidies unusual line ends
    return isExact ? settled : [];
  }

  #isCut(at: number): boolean {
    return this.#blocks[at - 1]?.type === "space" && this.#blocks[at - 2]?.type !== "list";
  }
}

/** Text that is shown as it is. */
function plain(text: string): Token {
  return { type: "paragraph", raw: text, text, tokens: [textOf(text)] };
}

function lengthOf(blocks: readonly Token[]): number {
  return blocks.reduce((length, { raw }) => length + raw.length, 0);
}

/** Where links lead by their labels, as far as blocks say. The first to say so counts. */
function linksIn(blocks: readonly Token[]): Links {
  const links: Links = {};
  const visit = (token: Token): void => {
    if (!token.raw.includes("]:")) return;
    if (token.type === "def")
      links[token.tag as string] ??= { href: token.href as string, title: token.title as string };
    if (token.type === "blockquote") token.tokens?.forEach(visit);
    if (token.type === "list")
      (token.items as { tokens: Token[] }[]).forEach((item) => item.tokens.forEach(visit));
  };
  blocks.forEach(visit);
  return links;
}
