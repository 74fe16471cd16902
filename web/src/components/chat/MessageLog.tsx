import type { ReactNode } from "react";
import type { ChatLine } from "../../client/chat/line.js";
import type { Nearness } from "../../hooks/log/nearness.js";
import { useMessageLog, useNear } from "../../hooks/useMessageLog.js";
import { useChatWords } from "../../hooks/useWords.js";
import { DownIcon } from "../parts/icons.js";
import type { LineActions } from "./LineNote.js";
import { MessagePage } from "./MessagePage.js";

export interface MessageLogProps extends LineActions {
  agentName: string;
  lines: readonly ChatLine[];
  /** The key of the answer that can be given again. */
  regenerable: string | undefined;
  /** Whether there are messages before the first one. */
  hasEarlier: boolean;
  isLoadingEarlier: boolean;
  onLoadEarlier: () => void;
  /** What stands before the first message of all. */
  opening: ReactNode;
  /** What stands after the last message. */
  children: ReactNode;
}

/** The messages, of which only those near the view are elements of the page. */
export function MessageLog(props: MessageLogProps): ReactNode {
  const { lines, hasEarlier, isLoadingEarlier, onLoadEarlier, opening, children, ...row } = props;
  const words = useChatWords();
  const { pages, nearness, isAtEnd, toEnd, log } = useMessageLog(lines);
  return (
    <div className="ssio-log-frame">
      <div className="ssio-log" aria-live="off" aria-label={words.chatWith(row.agentName)} {...log}>
        <div className="ssio-lines">
          {hasEarlier ? (
            <Earlier
              key={lines[0]?.key}
              nearness={nearness}
              isLoading={isLoadingEarlier}
              onLoad={onLoadEarlier}
            />
          ) : (
            opening
          )}
          {pages.map((page, at) => (
            <MessagePage
              key={page.id}
              page={page}
              nearness={nearness}
              isLast={at === pages.length - 1}
              {...row}
            />
          ))}
          {children}
        </div>
      </div>
      {!isAtEnd && (
        <button type="button" className="ssio-button ssio-to-end" aria-label={words.toNewest} onClick={toEnd}>
          <DownIcon />
        </button>
      )}
    </div>
  );
}

interface EarlierProps {
  nearness: Nearness;
  isLoading: boolean;
  onLoad: () => void;
}

/** Asks for earlier messages when the view comes near to where they would be. */
function Earlier({ nearness, isLoading, onLoad }: EarlierProps): ReactNode {
  const words = useChatWords();
  return (
    <div ref={useNear(nearness, onLoad)} className="ssio-earlier">
      <button type="button" className="ssio-button ssio-button-quiet" disabled={isLoading} onClick={onLoad}>
        {isLoading ? words.loadingEarlier : words.earlier}
      </button>
    </div>
  );
}
