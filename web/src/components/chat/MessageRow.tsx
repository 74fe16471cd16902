import { memo, type ReactNode } from "react";
import type { ChatLine } from "../../client/chat/line.js";
import { usePlayout } from "../../hooks/usePlayout.js";
import { useVersions } from "../../hooks/useVersions.js";
import { useChatWords } from "../../hooks/useWords.js";
import { Markdown } from "../markdown/Markdown.js";
import { Boundary } from "../parts/Boundary.js";
import { LineNote, type LineActions } from "./LineNote.js";
import { VersionSwitch } from "./VersionSwitch.js";

interface MessageRowProps extends LineActions {
  line: ChatLine;
  agentName: string;
  /** Whether the message before it is by the same. */
  isContinued: boolean;
  /** Whether it is an answer that can be given again. */
  isRegenerable: boolean;
}

/** One message. It is drawn again only when it has changed. One that cannot be drawn is shown as it was written. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps): ReactNode {
  const { line, agentName, isContinued } = props;
  return (
    <Boundary
      of={line}
      fallback={() => (
        <Row line={line} agentName={agentName} isContinued={isContinued}>
          <Verbatim text={line.text} />
        </Row>
      )}
    >
      <Message {...props} />
    </Boundary>
  );
});

function Message({ line, agentName, isContinued, ...rest }: MessageRowProps): ReactNode {
  const { shown, ...versions } = useVersions(line);
  const note = (
    <LineNote line={shown} {...rest}>
      {versions.count > 1 && <VersionSwitch {...versions} />}
    </LineNote>
  );
  return (
    <Row line={line} agentName={agentName} isContinued={isContinued} note={note}>
      {line.role === "user" ? <Verbatim text={line.text} /> : <Answer key={shown.key} line={shown} />}
    </Row>
  );
}

interface RowProps {
  line: ChatLine;
  agentName: string;
  isContinued: boolean;
  /** What is to be said about the message. */
  note?: ReactNode;
  children: ReactNode;
}

function Row({ line, agentName, isContinued, note, children }: RowProps): ReactNode {
  const words = useChatWords();
  return (
    <article
      className="ssio-message"
      data-role={line.role}
      data-state={line.state}
      data-continued={isContinued || undefined}
    >
      <h4 className="ssio-hidden">{line.role === "user" ? words.you : agentName}</h4>
      <div className="ssio-bubble" aria-busy={line.state === "streaming" || undefined}>
        {children}
      </div>
      {note}
    </article>
  );
}

/** A text with its lines as they are, each in its own direction. */
function Verbatim({ text }: { text: string }): ReactNode {
  return (
    <p className="ssio-said" dir="auto">
      {text}
    </p>
  );
}

function Answer({ line }: { line: ChatLine }): ReactNode {
  return <Markdown text={usePlayout(line.text, line.state === "streaming")} />;
}
