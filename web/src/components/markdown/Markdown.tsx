import { useState, type ReactNode } from "react";
import { Blocks } from "./Block.js";
import { BlockReader } from "./blocks.js";

/**
 * A text in Markdown, as elements: no HTML is ever written, so what an agent says cannot become a part of the page. A
 * text that grows costs as much as its last block.
 */
export function Markdown({ text }: { text: string }): ReactNode {
  const [reader] = useState(() => new BlockReader()); // a cache: what it returns depends on the text alone
  return (
    <div className="ssio-markdown">
      <Blocks tokens={reader.read(text)} />
    </div>
  );
}
