import { Lexer, type Token } from "marked";

/**
 * Reads Markdown (CommonMark with GitHub's tables, strikethrough and bare links) into blocks. Of a text that grows only
 * its last block is read again: what comes next can change no block before that. Blocks that have not changed are the
 * same objects as before.
 */
export class BlockReader {
  #text = "";
  #blocks: readonly Token[] = [];

  read(text: string): readonly Token[] {
    if (text === this.#text) return this.#blocks;
    const settled = this.#settled(text);
    const at = settled.reduce((length, { raw }) => length + raw.length, 0);
    this.#text = text;
    this.#blocks = [...settled, ...new Lexer({ gfm: true, breaks: true }).lex(text.slice(at))];
    return this.#blocks;
  }

  /** The blocks that are over: those before the last one that is more than blank lines. */
  #settled(text: string): readonly Token[] {
    if (!text.startsWith(this.#text)) return [];
    const last = this.#blocks.findLastIndex(({ type }) => type !== "space");
    const settled = this.#blocks.slice(0, Math.max(last, 0));
    const isExact = text.startsWith(settled.map(({ raw }) => raw).join("")); // the lexer tidies unusual line ends
    return isExact ? settled : [];
  }
}
