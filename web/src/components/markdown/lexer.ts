import { Lexer, Tokenizer, type Links, type Token, type Tokens, type TokensList } from "marked";
import { paired, runAt, textOf } from "./emphasis.js";
import { safeHref } from "./links.js";
import { EAST_ASIAN_END } from "./scripts.js";

/** How deep quotes and lists may lie in each other, and in them emphasis: what lies deeper cannot be told apart. */
export const DEPTH_MAX = 12;

const MATHS_BLOCK = /^ {0,3}\\\[(?:[^\n]|\n(?![ \t]*\n))+?\\\][ \t]*(?:\n|$)/;
const MATHS = [
  { open: "\\(", close: "\\)" },
  { open: "\\[", close: "\\]" },
] as const;

/** Maths within a row of a table. Longer than this nothing in a cell is. */
const MATHS_IN_ROW = /\\[([][^\n]{1,500}?\\[)\]]/g;
const BAR = /(\\*)\|/g;
const LINE_BREAK = /^ {0,3}<br\s*\/?>[ \t]*(?:\n|$)/i;

const LAZY_DEPTH_MAX = 4;

/**
 * How much of a line is read at a time, in UTF-16 units. The lexer's patterns look ahead for what may end an address or a
 * link, in the worst case as far as the line goes from each of its characters.
 */
const PIECE_MAX = 2_048;

/** Maths as TeX writes it, with its delimiters: nothing in it is Markdown. */
export interface Maths extends Tokens.Generic {
  type: "maths";
  text: string;
}

/** Reads a text with the links that are known from elsewhere in it. Returns its blocks and all links. */
export function lex(text: string, links: Links): TokensList {
  const lexer = new AnswerLexer();
  Object.assign(lexer.tokens.links, links);
  return lexer.lex(text);
}

/**
 * CommonMark with GitHub's tables, task lists and bare links, as agents write it, in bounded depth and time: what lies too
 * deep is text. A line break is one, and maths stays as it is.
 */
class AnswerLexer extends Lexer {
  #depth = 0;
  /** The texts that are being read, outermost first. */
  readonly #sources: Source[] = [];

  constructor() {
    super({ gfm: true, breaks: true, tokenizer: new AnswerTokenizer() });
    this.options.extensions = {
      childTokens: {},
      renderers: {},
      block: [(text) => mathsBlock(text)],
      startBlock: [(text) => text.search(/\n {0,3}\\\[/) + 1 || undefined],
      inline: [(rest) => this.#inline(rest)],
    };
  }

  override blockTokens(text: string, tokens?: Token[], isClipped?: boolean): Token[];
  override blockTokens(text: string, tokens?: TokensList, isClipped?: boolean): TokensList;
  override blockTokens(text: string, tokens: Token[] = [], isClipped = false): Token[] {
    if (this.#depth === DEPTH_MAX) {
      tokens.push({ type: "paragraph", raw: text, text, tokens: [textOf(text)] });
      return tokens;
    }
    this.#depth += 1;
    super.blockTokens(text, tokens, isClipped);
    this.#depth -= 1;
    return tokens;
  }

  override inlineTokens(text: string, tokens: Token[] = []): Token[] {
    if (this.#sources.length === DEPTH_MAX) {
      tokens.push(textOf(text));
      return tokens;
    }
    const read: Token[] = [];
    for (const piece of pieces(text)) {
      this.#sources.push(new Source(piece));
      super.inlineTokens(piece, read);
      this.#sources.pop();
    }
    tokens.push(...paired(read, DEPTH_MAX));
    return tokens;
  }

  #inline(rest: string): Tokens.Generic | undefined {
    const source = this.#sources.at(-1);
    return source && (source.maths(rest) ?? runAt(rest, source.text));
  }
}

/** A text in parts of bounded length, cut where a line or at least a word ends. */
function pieces(text: string): string[] {
  const found: string[] = [];
  let rest = text;
  while (rest.length > PIECE_MAX) {
    const window = rest.slice(0, PIECE_MAX);
    const end = Math.max(window.lastIndexOf("\n"), window.lastIndexOf(" ")) + 1 || PIECE_MAX;
    found.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  return [...found, rest];
}

/** A text that is being read from its beginning. */
class Source {
  readonly text: string;
  readonly #lastCloser = new Map<string, number>();

  constructor(text: string) {
    this.text = text;
  }

  /** Maths at the beginning of what is left; where no delimiter closes it any more, that is not looked for again. */
  maths(rest: string): Maths | undefined {
    const kind = MATHS.find(({ open }) => rest.startsWith(open));
    if (!kind) return undefined;
    const last = this.#lastCloser.get(kind.close) ?? this.text.lastIndexOf(kind.close);
    this.#lastCloser.set(kind.close, last);
    if (last < this.text.length - rest.length + 3) return undefined;
    const raw = rest.slice(0, rest.indexOf(kind.close, 3) + 2);
    return { type: "maths", raw, text: raw };
  }
}

function mathsBlock(text: string): Maths | undefined {
  const raw = MATHS_BLOCK.exec(text)?.[0];
  return raw === undefined ? undefined : { type: "maths", raw, text: raw.trim() };
}

/** A bar as `\\|`, unless it is one. */
function escapedBar(bar: string, slashes: string): string {
  return slashes.length % 2 === 0 ? `${slashes}\\|` : bar;
}

/** Where the line ends in which maths ends that is open at the end of `paragraph`, with which `text` begins; else 0. */
function mathsEnd(text: string, paragraph: string): number {
  for (const { open, close } of MATHS) {
    const at = paragraph.indexOf(open, paragraph.lastIndexOf(close) + 1);
    const blank = at < 0 ? -1 : text.slice(at).search(/\n[ \t]*\n|$/) + at;
    const end = at < 0 ? -1 : text.indexOf(close, at + open.length);
    if (end >= 0 && end < blank) return text.indexOf("\n", end) + 1 || text.length;
  }
  return 0;
}

class AnswerTokenizer extends Tokenizer {
  #quotes = 0;

  /**
   * Where lines without a marker go on in a quote, the lexer reads what the quote holds again, and so on inwards. Further in
   * than people quote, such lines are simply taken to belong to it.
   */
  override blockquote(text: string): Tokens.Blockquote | undefined {
    if (this.#quotes === LAZY_DEPTH_MAX) return this.#deepQuote(text);
    this.#quotes += 1;
    const quote = super.blockquote(text);
    this.#quotes -= 1;
    return quote;
  }

  #deepQuote(text: string): Tokens.Blockquote | undefined {
    const raw = this.rules.block.blockquote.exec(text)?.[0].replace(/\n+$/, "");
    if (raw === undefined) return undefined;
    const quoted = raw.replace(/^ {0,3}>[ \t]?/gm, "");
    return { type: "blockquote", raw, text: quoted, tokens: this.lexer.blockTokens(quoted) };
  }

  /** A line that is only a line break: what comes after it is not HTML. */
  override html(text: string): Tokens.HTML | undefined {
    const raw = LINE_BREAK.exec(text)?.[0];
    return raw === undefined ? super.html(text) : { type: "html", raw, block: true, pre: false, text: raw };
  }

  /** A footnote says something, and is shown as it was written: only where it is an address does a label lead there. */
  override def(text: string): Tokens.Def | undefined {
    const found = super.def(text);
    return found?.tag.startsWith("^") && !safeHref(found.href) ? undefined : found;
  }

  /** A bar in maths ends no cell. */
  override table(text: string): Tokens.Table | undefined {
    const table = super.table(text);
    const escaped = table?.raw.replace(MATHS_IN_ROW, (maths) => maths.replace(BAR, escapedBar));
    return table && escaped !== table.raw
      ? { ...table, ...super.table(escaped ?? ""), raw: table.raw }
      : table;
  }

  /** Lines of maths that begins within a paragraph are a part of it, even those that would begin a list. */
  override paragraph(text: string): Tokens.Paragraph | undefined {
    const paragraph = super.paragraph(text);
    const length = paragraph ? mathsEnd(text, paragraph.raw) : 0;
    if (!paragraph || length <= paragraph.raw.length) return paragraph;
    const raw = text.slice(0, length);
    return { ...paragraph, raw, text: raw.trimEnd(), tokens: this.lexer.inline(raw.trimEnd()) };
  }

  /** A bare link ends where the punctuation of a text without spaces begins. */
  override url(text: string): Tokens.Link | undefined {
    const link = super.url(text);
    const end = link?.raw.search(EAST_ASIAN_END) ?? -1;
    return end > 0 ? super.url(text.slice(0, end)) : link;
  }

  override emStrong(): undefined {
    return undefined; // pairs are made once all is read: see emphasis.ts
  }

  override del(): undefined {
    return undefined;
  }
}
