import type { Token, Tokens } from "marked";
import { EAST_ASIAN, PUNCTUATION } from "./scripts.js";

/**
 * Emphasis, as CommonMark's appendix reads it: text is cut into delimiter runs and what stands between them, and one pass
 * from left to right pairs each run that can close with the nearest one that can open. It takes linear time, which the
 * lexer's own search for the end of each run does not.
 *
 * | between | `*` `**` | `_` `__` | `~~` |
 * |---|---|---|---|
 * | may open | left-flanking | left-flanking, not within a word | left-flanking |
 * | may close | right-flanking | right-flanking, not within a word | right-flanking |
 *
 * It differs from CommonMark in two things. A run beside a Chinese, Japanese or Korean character is flanking on both
 * sides: these scripts have no spaces between words, and `**「重要」**です` is meant. And a single `~` strikes nothing
 * through: `5~7` is a range.
 */
export interface Run extends Tokens.Generic {
  type: "run";
  canOpen: boolean;
  canClose: boolean;
}

const RUN = /^(?:\*+|_+|~+)/;
const SPACE = /^\s?$/u; // the beginning and the end count as one

/** The delimiter run at the beginning of `rest`, which is what is left of `whole`; undefined if there is none. */
export function runAt(rest: string, whole: string): Run | undefined {
  const raw = RUN.exec(rest)?.[0];
  if (!raw) return undefined;
  const at = whole.length - rest.length;
  const before = characterBefore(whole, at);
  const after = String.fromCodePoint(whole.codePointAt(at + raw.length) ?? 32);
  const isLeft = isFlanking(after, before);
  const isRight = isFlanking(before, after);
  const isWord = raw.startsWith("_");
  const canStrike = !raw.startsWith("~") || raw.length === 2;
  return {
    type: "run",
    raw,
    canOpen: canStrike && isLeft && (!isWord || !isRight || PUNCTUATION.test(before)),
    canClose: canStrike && isRight && (!isWord || !isLeft || PUNCTUATION.test(after)),
  };
}

/** Whether a run holds on to its `inner` neighbour, with `outer` on its other side. */
function isFlanking(inner: string, outer: string): boolean {
  if (SPACE.test(inner)) return false;
  if (!PUNCTUATION.test(inner) || EAST_ASIAN.test(inner)) return true;
  return SPACE.test(outer) || PUNCTUATION.test(outer) || EAST_ASIAN.test(outer);
}

function characterBefore(text: string, at: number): string {
  const unit = text.charCodeAt(at - 1);
  const isLow = unit >= 0xdc00 && unit <= 0xdfff;
  return text.slice(Math.max(at - (isLow ? 2 : 1), 0), at);
}

interface Opener {
  run: Run;
  /** Where it stands in what has been read. */
  at: number;
  /** How many of its characters are not used up. */
  left: number;
}

/** Pairs the runs among the tokens of a line of text. What would lie deeper than `depthMax` keeps its characters. */
export function paired(tokens: readonly Token[], depthMax: number): Token[] {
  const read: Token[] = [];
  const depths = new Map<Token, number>();
  const openers: Opener[] = [];
  const floors = new Map<string, number>(); // below it no opener fits a closer of that kind

  function drop(length: number): void {
    openers.length = length;
    for (const [kind, floor] of floors) floors.set(kind, Math.min(floor, length));
  }

  /** Encloses all that was read since an opener; returns how many characters of it that takes. */
  function enclose(opener: Opener, run: Run, left: number): number {
    const content = read.splice(opener.at + 1);
    const depth = 1 + content.reduce((most, token) => Math.max(most, depths.get(token) ?? 0), 0);
    if (depth > depthMax) {
      read.push(...content);
      return 0;
    }
    const used = Math.min(opener.left, left, 2);
    const type = run.raw.startsWith("~") ? "del" : used === 2 ? "strong" : "em";
    const mark = run.raw.slice(0, used);
    const text = content.map(({ raw }) => raw).join("");
    const token = { type, raw: mark + text + mark, text, tokens: joined(content) };
    depths.set(token, depth);
    opener.left -= used;
    if (opener.left === 0) read.pop();
    else read[opener.at] = textOf(opener.run.raw.slice(0, opener.left));
    read.push(token);
    return used;
  }

  function close(run: Run): number {
    let left = run.raw.length;
    const kind = `${run.raw.charAt(0)}${String(run.canOpen)}${run.raw.length % 3}`;
    while (left > 0) {
      const found = openers.findLastIndex((each, at) => at >= (floors.get(kind) ?? 0) && fits(each.run, run));
      const opener = openers[found];
      if (!opener) {
        floors.set(kind, openers.length);
        break;
      }
      drop(found + 1); // those between have nothing to pair with
      const used = enclose(opener, run, left);
      left -= used;
      if (used === 0 || opener.left === 0) drop(found);
      if (used === 0) break;
    }
    return left;
  }

  for (const token of tokens) {
    if (token.type !== "run") {
      read.push(token);
      continue;
    }
    const run = token as Run;
    const left = run.canClose ? close(run) : run.raw.length;
    if (left === 0) continue;
    if (run.canOpen) openers.push({ run, at: read.length, left });
    read.push(textOf(run.raw.slice(0, left)));
  }
  return joined(read);
}

/** Tokens where no plain text stands beside another one. */
function joined(tokens: readonly Token[]): Token[] {
  const found: Token[] = [];
  for (const token of tokens) {
    const before = found.at(-1);
    if (isPlain(token) && isPlain(before)) {
      found[found.length - 1] = { ...before, raw: before.raw + token.raw, text: before.text + token.text };
    } else found.push(token);
  }
  return found;
}

function isPlain(token: Token | undefined): token is Tokens.Text {
  return token?.type === "text" && !("tokens" in token) && !("escaped" in token && token.escaped);
}

/** Whether two runs are a pair. Those that both open and close do not pair where their lengths add up to a multiple of 3. */
function fits(opener: Run, closer: Run): boolean {
  const [one, other] = [opener.raw.length, closer.raw.length];
  if (opener.raw.charAt(0) !== closer.raw.charAt(0)) return false;
  const isBoth = opener.canClose || closer.canOpen;
  return !isBoth || (one + other) % 3 !== 0 || (one % 3 === 0 && other % 3 === 0);
}

export function textOf(raw: string): Tokens.Text {
  return { type: "text", raw, text: raw };
}
