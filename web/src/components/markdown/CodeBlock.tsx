import type { ReactNode } from "react";
import { CopyButton } from "../parts/CopyButton.js";
import { Words } from "./Words.js";
import { useColours } from "./useColours.js";

/** Code as it was written, with its language, if it has a name, and a way to take it along. */
export function CodeBlock({ text, language }: { text: string; language?: string | undefined }): ReactNode {
  const name = language?.split(/\s/u)[0];
  const coloured = useColours(text, name);
  return (
    <figure className="ssio-code" dir="ltr">
      <figcaption>
        <span>{name || "code"}</span>
        <CopyButton text={text} label={`Copy ${name || "code"}`} />
      </figcaption>
      <pre tabIndex={0} role="group" aria-label={`Code, ${name || "code"}`}>
        <code>
          {coloured?.nodes}
          <Words text={text.slice(coloured?.text.length ?? 0)} />
        </code>
      </pre>
    </figure>
  );
}
