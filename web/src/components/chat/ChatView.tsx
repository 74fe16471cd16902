import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useRef,
  useState,
  type ReactNode,
  type RefObject,
} from "react";
import type { ChatState } from "../../client/chat/state.js";
import type { ConnectionState } from "../../client/connection.js";
import { ChatError } from "../../client/errors.js";
import type { ChatActions } from "../../hooks/useChat.js";
import { Announcement } from "./Announcement.js";
import { ChatHeader } from "./ChatHeader.js";
import { Composer } from "./Composer.js";
import { isEscapeOf } from "./keys.js";
import { MessageLog } from "./MessageLog.js";
import { Opening } from "./Opening.js";
import { TypingDots } from "./TypingDots.js";
import { useDraft } from "./useDraft.js";
import { focusChat, useFocusKept } from "./useFocusKept.js";
import { UnsavedNote } from "./UnsavedNote.js";
import { inWords } from "./words.js";

const RelationPanel = lazy(async () => ({ default: (await import("./RelationPanel.js")).RelationPanel }));

export interface ChatViewProps extends ChatActions {
  /** Names the chat, e.g. `chat:companion:alice`: under it the draft is kept. */
  id: string;
  agentName: string;
  chat: ChatState;
  connection: ConnectionState;
  /** What stands before the agent's name. */
  leading?: ReactNode;
  autoFocus?: boolean | undefined;
}

/** A chat on the screen: what `RealTimeChatInterface` shows of a chat that it has opened. */
export function ChatView({
  id,
  agentName,
  chat,
  connection,
  leading,
  autoFocus,
  ...actions
}: ChatViewProps): ReactNode {
  const { send, retry, discard, stop, regenerate, loadEarlier, setTyping, reconnect } = actions;
  const section = useRef<HTMLElement>(null);
  const [draft, setDraft] = useDraft(id);
  const [isRelationOpen, setRelationOpen] = useState(false);
  const [problem, attempt] = useProblem();
  const isRefused = connection.status === "refused";

  const edit = useCallback(
    (clientMessageId: string) => {
      setDraft((before) => [discard(clientMessageId), before].filter(Boolean).join("\n"));
      section.current?.querySelector("textarea")?.focus();
    },
    [discard, setDraft],
  );
  const stopNow = useCallback(() => void attempt(stop), [attempt, stop]);
  const regenerateNow = useCallback(() => void attempt(regenerate), [attempt, regenerate]);
  useFocusKept(section);
  useEscape(section, chat.answering === null ? undefined : stopNow);
  useEffect(() => {
    if (autoFocus && section.current) focusChat(section.current);
  }, [autoFocus]);

  function write(text: string): void {
    setDraft(() => text);
    setTyping(text.trim() !== "");
  }
  function sendNow(text: string): void {
    void attempt(() => {
      send(text);
      setDraft(() => "");
    });
  }

  return (
    <section ref={section} className="ssio-chat" aria-label={`Chat with ${agentName}`}>
      <ChatHeader
        agentName={agentName}
        relation={chat.relation}
        isRelationOpen={isRelationOpen}
        connection={connection}
        isJoined={chat.isJoined}
        isAnswering={chat.answering !== null}
        onRelation={() => setRelationOpen(!isRelationOpen)}
        onReconnect={reconnect}
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
        onLoadEarlier={() => void attempt(loadEarlier)}
        onRetry={retry}
        onEdit={edit}
        onDiscard={discard}
        onRegenerate={regenerateNow}
        regenerable={regenerableOf(chat)}
        opening={
          <Opening
            agentName={agentName}
            isEmpty={chat.messages.length === 0}
            isLoading={!chat.isJoined && !isRefused && !chat.error}
          />
        }
      >
        {chat.isTypingElsewhere && <TypingDots name="You, on another device, are" role="user" />}
        {chat.isAgentTyping && <TypingDots name={`${agentName} is`} role="agent" />}
      </MessageLog>
      <Announcement
        agentName={agentName}
        lines={chat.messages}
        isJoined={chat.isJoined}
        answering={chat.answering}
      />
      <UnsavedNote isUnsaved={chat.isUnsaved} />
      {chat.error && <Problem error={chat.error} onRetry={reconnect} />}
      {problem && <Problem error={problem} />}
      <Composer
        agentName={agentName}
        draft={draft}
        isAnswering={chat.answering !== null}
        isDisabled={isRefused || chat.error !== null}
        onDraft={write}
        onSend={sendNow}
        onStop={stopNow}
      />
    </section>
  );
}

/** The key of the answer that can be given again: the last thing that was said. */
function regenerableOf({ messages, answering, isJoined }: ChatState): string | undefined {
  const last = messages.at(-1);
  return isJoined && answering === null && last?.state === "done" ? last.key : undefined;
}

function Problem({ error, onRetry }: { error: ChatError; onRetry?: () => void }): ReactNode {
  return (
    <p className="ssio-problem" role="alert">
      <bdi>{inWords(error)}</bdi>
      {onRetry && (
        <button type="button" className="ssio-link" onClick={onRetry}>
          Try again
        </button>
      )}
    </p>
  );
}

/** The last refusal of something that the user tried, until the next try. */
function useProblem(): [ChatError | null, (act: () => void | Promise<void>) => Promise<void>] {
  const [problem, setProblem] = useState<ChatError | null>(null);
  const attempt = useCallback(async (act: () => void | Promise<void>) => {
    try {
      setProblem(null);
      await act();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      setProblem(error);
    }
  }, []);
  return [problem, attempt];
}

/** Calls `act` on an Escape that means the chat. */
function useEscape(chat: RefObject<HTMLElement | null>, act: (() => void) | undefined): void {
  useEffect(() => {
    if (!act) return undefined;
    const press = (event: KeyboardEvent): void => {
      if (chat.current && isEscapeOf(chat.current, event)) act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [chat, act]);
}
