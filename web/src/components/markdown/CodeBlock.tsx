import type { ReactNode } from "react";
import { CopyButton } from "../parts/CopyButton.js";

/** Code as it was written, with its language, if it has a name, and a way to take it along. */
export function CodeBlock({ text, language }: { text: string; language?: string | undefined }): ReactNode {
  const name = language?.split(/\s/u)[0] || "code";
  return (
    <figure className="ssio-code" dir="ltr">
      <figcaption>
        <span>{name}</span>
        <CopyButton text={text} label={`Copy ${name}`} />
      </figcaption>
      <pre tabIndex={0} role="group" aria-label={`Code, ${name}`}>
        <code>{text}</code>
      </pre>
    </figure>
  );
}
