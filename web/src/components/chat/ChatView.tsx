import { lazy, Suspense, useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import type { ChatError } from "../../client/errors.js";
import type { UseChat } from "../../hooks/useChat.js";
import { useChatView, type UseChatViewOptions } from "../../hooks/useChatView.js";
import { useEscape } from "../../hooks/useEscape.js";
import { focusChat, useFocusKept } from "../../hooks/useFocusKept.js";
import { useChatWords, useRefusal } from "../../hooks/useWords.js";
import { Announcement } from "./Announcement.js";
import { ChatHeader } from "./ChatHeader.js";
import { Composer } from "./Composer.js";
import { MessageLog } from "./MessageLog.js";
import { Opening } from "./Opening.js";
import { TypingDots } from "./TypingDots.js";
import { UnsavedNote } from "./UnsavedNote.js";

const RelationPanel = lazy(async () => ({ default: (await import("./RelationPanel.js")).RelationPanel }));

export interface ChatViewProps extends UseChatViewOptions {
  chat: UseChat;
  /** What stands before the agent's name. */
  leading?: ReactNode;
  autoFocus?: boolean | undefined;
}

/** A chat on the screen: what `RealTimeChatInterface` shows of a chat that it has opened. */
export function ChatView({ id, agentName, chat, leading, autoFocus }: ChatViewProps): ReactNode {
  const words = useChatWords();
  const section = useRef<HTMLElement>(null);
  const [isRelationOpen, setRelationOpen] = useState(false);
  const view = useChatView({ id, agentName, chat });
  const { edit } = view;

  const editInField = useCallback(
    (clientMessageId: string) => {
      edit(clientMessageId);
      section.current?.querySelector("textarea")?.focus();
    },
    [edit],
  );
  useFocusKept(section);
  useEscape(section, view.isAnswering ? view.stop : undefined);
  useEffect(() => {
    if (autoFocus && section.current) focusChat(section.current);
  }, [autoFocus]);

  return (
    <section ref={section} className="ssio-chat" aria-label={words.chatWith(agentName)}>
      <ChatHeader
        agentName={agentName}
        relation={chat.relation}
        isRelationOpen={isRelationOpen}
        connection={chat.connection}
        isJoined={chat.isJoined}
        isAnswering={view.isAnswering}
        onRelation={() => setRelationOpen(!isRelationOpen)}
        onReconnect={chat.reconnect}
        leading={leading}
      />
      {isRelationOpen && chat.relation && (
        <Suspense fallback={null}>
          <RelationPanel agentName={agentName} relation={chat.relation} />
        </Suspense>
      )}
      <MessageLog
        agentName={agentName}
        lines={chat.messages}
        hasEarlier={chat.hasEarlier}
        isLoadingEarlier={chat.isLoadingEarlier}
        onLoadEarlier={view.loadEarlier}
        onRetry={chat.retry}
        onEdit={editInField}
        onDiscard={chat.discard}
        onRegenerate={view.regenerate}
        regenerable={view.regenerable}
        opening={
          <Opening agentName={agentName} isEmpty={chat.messages.length === 0} isLoading={view.isLoading} />
        }
      >
        {view.typing.map(({ role, text }) => (
          <TypingDots key={role} label={text} role={role} />
        ))}
      </MessageLog>
      <Announcement agentName={agentName} chat={chat} />
      <UnsavedNote isUnsaved={chat.isUnsaved} />
      {chat.error && <Problem error={chat.error} onRetry={chat.reconnect} />}
      {view.problem && <Problem error={view.problem} />}
      <Composer
        agentName={agentName}
        draft={view.draft}
        isAnswering={view.isAnswering}
        isDisabled={view.isDisabled}
        onDraft={view.write}
        onSend={view.send}
        onStop={view.stop}
      />
    </section>
  );
}

function Problem({ error, onRetry }: { error: ChatError; onRetry?: () => void }): ReactNode {
  const words = useChatWords();
  const inWords = useRefusal();
  return (
    <p className="ssio-problem" role="alert">
      <bdi>{inWords(error)}</bdi>
      {onRetry && (
        <button type="button" className="ssio-link" onClick={onRetry}>
          {words.tryAgain}
        </button>
      )}
    </p>
  );
}
