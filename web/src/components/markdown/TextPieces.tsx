import type { ReactNode } from "react";

const PIECE = /(?:\S{1,24}\s*){1,4}|\s+/gu;

/**
 * Text as several text nodes of a few words each. Of a text that grows only the last one changes, so that what a reader has
 * marked in those before it stays marked. It begins with a piece that is whole: a word that goes to the next line while it is
 * being written takes no node along.
 */
export function TextPieces({ text }: { text: string }): ReactNode {
  const pieces = text.match(PIECE) ?? [];
  return [...pieces.slice(0, -2), pieces.slice(-2).join("")];
}
