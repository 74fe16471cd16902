import type { ReactNode } from "react";
import { Sentence } from "../components/parts/Sentence.js";
import { Notice } from "./Notice.js";
import { useToolWords } from "./words/useToolWords.js";

/** What stands instead of a chat where `ENABLE_WEBSOCKETS` is false. */
export function SwitchedOff(): ReactNode {
  const words = useToolWords();
  return (
    <Notice title={words.switchedOff}>
      <p>
        <Sentence of={words.switchedOffMeans} name={<code>ENABLE_WEBSOCKETS=false</code>} />
      </p>
      <p>
        <Sentence of={words.switchOn} name={<code>true</code>} />
      </p>
    </Notice>
  );
}
