import type { ReactNode } from "react";
import { useChatWords } from "../../hooks/useWords.js";
import { CopyButton } from "../parts/CopyButton.js";
import { TextPieces } from "./TextPieces.js";
import { useColours } from "./useColours.js";

/** Code as it was written, with its language, if `info`, what stands beside its fence, names it, and a way to take it along. */
export function CodeBlock({ text, info }: { text: string; info?: string | undefined }): ReactNode {
  const words = useChatWords();
  const language = info?.split(/\s/u)[0];
  const coloured = useColours(text, language);
  const name = language || words.code;
  return (
    <figure className="ssio-code" dir="ltr">
      <figcaption>
        <span>{name}</span>
        <CopyButton text={text} label={words.copyCode(name)} />
      </figcaption>
      <pre tabIndex={0} role="group" aria-label={words.codeIn(name)}>
        <code>
          {coloured?.nodes}
          <TextPieces text={text.slice(coloured?.text.length ?? 0)} />
        </code>
      </pre>
    </figure>
  );
}
