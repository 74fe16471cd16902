import { memo, type ReactNode } from "react";
import type { ChatLine } from "../../client/chat/line.js";
import { Markdown } from "../markdown/Markdown.js";
import { LineNote, type LineActions } from "./LineNote.js";
import { usePlayout } from "./usePlayout.js";

interface MessageRowProps extends LineActions {
  line: ChatLine;
  agentName: string;
  /** Whether the message before it is by the same. */
  isContinued: boolean;
}

/** One message. It is drawn again only when it has changed. */
export const MessageRow = memo(function MessageRow({
  line,
  agentName,
  isContinued,
  ...actions
}: MessageRowProps): ReactNode {
  const isOwn = line.role === "user";
  return (
    <article
      className="ssio-message"
      data-role={line.role}
      data-state={line.state}
      data-continued={isContinued || undefined}
    >
      <h4 className="ssio-hidden">{isOwn ? "You" : agentName}</h4>
      <div className="ssio-bubble" aria-busy={line.state === "streaming" || undefined}>
        {isOwn ? (
          <p className="ssio-said" dir="auto">
            {line.text}
          </p>
        ) : (
          <Answer line={line} />
        )}
      </div>
      <LineNote line={line} {...actions} />
    </article>
  );
});

function Answer({ line }: { line: ChatLine }): ReactNode {
  return <Markdown text={usePlayout(line.text, line.state === "streaming")} />;
}
