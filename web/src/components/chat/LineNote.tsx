import type { ReactNode } from "react";
import type { ChatLine } from "../../client/chat/line.js";
import { useClock } from "../../hooks/useClock.js";
import { useChatWords, useRefusal } from "../../hooks/useWords.js";
import { CopyButton } from "../parts/CopyButton.js";
import { AlertIcon, ClockIcon, RetryIcon } from "../parts/icons.js";

/** What can be done with a message that was not sent, and with an answer. */
export interface LineActions {
  onRetry: (clientMessageId: string) => void;
  /** Takes it back, into the field that it came from. */
  onEdit: (clientMessageId: string) => void;
  onDiscard: (clientMessageId: string) => void;
  /** Has the newest answer given again. */
  onRegenerate: () => void;
}

interface LineNoteProps extends LineActions {
  line: ChatLine;
  isRegenerable: boolean;
  /** What else is to be said of what was said. */
  children?: ReactNode;
}

/** What is to be said about a message: when it was, whether it has arrived, and what to do if not. */
export function LineNote({ line, isRegenerable, children, ...actions }: LineNoteProps): ReactNode {
  const words = useChatWords();
  switch (line.state) {
    case "streaming":
      return <Said line={line} isYetToCome />; // its place is kept, so that nothing moves at the end
    case "failed":
      return <Failed line={line} {...actions} />;
    case "queued":
      return (
        <footer key="queued" className="ssio-note" data-late>
          <ClockIcon /> {words.queued}
        </footer>
      );
    case "sending":
      return (
        <footer key="sending" className="ssio-note" data-late>
          {words.sending}
        </footer>
      ); // another one: it takes its place, nothing moves
    default:
      return (
        <Said line={line}>
          {isRegenerable && <RegenerateButton onRegenerate={actions.onRegenerate} />}
          {children}
        </Said>
      );
  }
}

interface SaidProps {
  line: ChatLine;
  isYetToCome?: boolean;
  children?: ReactNode;
}

function Said({ line, isYetToCome, children }: SaidProps): ReactNode {
  const { timeOfDay } = useClock();
  const words = useChatWords();
  const end = line.finishReason && words.ended[line.finishReason];
  return (
    <footer className="ssio-note" data-unseen={isYetToCome}>
      <time dir="auto" dateTime={new Date(line.timestamp).toISOString()}>
        {timeOfDay(line.timestamp)}
      </time>
      {end && ` · ${end}`}
      {!isYetToCome && line.text !== "" && <CopyButton text={line.text} label={words.copy} />}
      {children}
    </footer>
  );
}

function RegenerateButton({ onRegenerate }: Pick<LineActions, "onRegenerate">): ReactNode {
  const words = useChatWords();
  return (
    <button
      type="button"
      className="ssio-button ssio-button-quiet"
      aria-label={words.regenerate}
      title={words.regenerate}
      onClick={onRegenerate}
    >
      <RetryIcon />
    </button>
  );
}

function Failed({
  line,
  onRetry,
  onEdit,
  onDiscard,
}: { line: ChatLine } & Omit<LineActions, "onRegenerate">): ReactNode {
  const words = useChatWords();
  const inWords = useRefusal();
  const id = line.clientMessageId ?? line.key;
  return (
    <footer className="ssio-note" data-bad>
      <AlertIcon />{" "}
      <span role="alert" dir="auto">
        {words.notSent} {line.error && inWords(line.error)}
      </span>
      <span className="ssio-note-actions">
        <button type="button" className="ssio-link" onClick={() => onRetry(id)}>
          {words.tryAgain}
        </button>
        <button type="button" className="ssio-link" onClick={() => onEdit(id)}>
          {words.edit}
        </button>
        <button type="button" className="ssio-link" onClick={() => onDiscard(id)}>
          {words.remove}
        </button>
      </span>
    </footer>
  );
}
