import type { ReactNode } from "react";

const PIECE = /(?:\S{1,24}\s*){1,4}|\s+/gu;

/**
 * Text as several text nodes of a few words each. Of a text that grows only the last one changes, so that what a reader has
 * marked in those before it stays marked.
 */
export function Words({ text }: { text: string }): ReactNode {
  return text.match(PIECE);
}
