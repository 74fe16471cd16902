"use client";

import type { ReactNode } from "react";
import type { StoredMessage } from "../../client/chat/line.js";
import type { Relation } from "../../client/chat/state.js";
import { useChat } from "../../hooks/useChat.js";
import { useChatWords, WordsProvider } from "../../hooks/useWords.js";
import type { PartialWords } from "../../words/words.js";
import { Boundary } from "../parts/Boundary.js";
import { ChatView } from "./ChatView.js";

/** Whose chat is shown, and what is known of it before the server has said anything. */
export interface RealTimeChatInterfaceProps {
  agentId: string;
  agentName: string;
  /** The user of the API key. */
  userId: string;
  apiKey: string;
  /** What was said before, if the page knows: shown until the server's own comes. */
  initialMessages?: readonly StoredMessage[] | undefined;
  /** Names of emotions to strengths in 0…1. */
  initialEmotions?: Relation["emotions"] | undefined;
  /** 0…100. */
  initialRelationLevel?: number | undefined;
  /** One word for where the two stand. */
  initialRelationState?: string | undefined;
  /** What stands before the agent's name, e.g. a button that leads to other chats. */
  leading?: ReactNode;
  /** Whether one can write at once, without a click. Default: false. */
  autoFocus?: boolean | undefined;
  /** Its words, or some of them: see `WordsProvider`. Default: those of the page's language. */
  words?: PartialWords | undefined;
}

/**
 * A user's chat with an agent, whole: answers as they are being written, what waits to be sent, how the connection is and
 * where the two stand. It fills the box that it is put into. Its styles are in `@serverless-socketio/react/styles.css`.
 *
 * @example
 * <RealTimeChatInterface agentId={agent.id} agentName={agent.name} userId={user.id} apiKey={user.apiKey} />
 */
export function RealTimeChatInterface(props: RealTimeChatInterfaceProps): ReactNode {
  const { agentId, agentName, userId, words } = props;
  return (
    <WordsProvider words={words}>
      <Boundary
        of={`${agentId} ${userId}`}
        fallback={(retry) => <BrokenChat agentName={agentName} onRetry={retry} />}
      >
        <Chat {...props} />
      </Boundary>
    </WordsProvider>
  );
}

function Chat(props: RealTimeChatInterfaceProps): ReactNode {
  const { agentId, agentName, userId, apiKey, initialMessages, leading, autoFocus } = props;
  const initial = { messages: initialMessages, relation: initialRelation(props) };
  const chat = useChat({ agentId, userId, token: apiKey, initial });
  const id = `chat:${agentId}:${userId}`;
  return (
    <ChatView key={id} id={id} agentName={agentName} chat={chat} leading={leading} autoFocus={autoFocus} />
  );
}

/** What stands where a chat cannot be drawn. What was said is kept on the server, what waits to be sent on the device. */
function BrokenChat({ agentName, onRetry }: { agentName: string; onRetry: () => void }): ReactNode {
  const words = useChatWords();
  return (
    <section className="ssio-chat" aria-label={words.chatWith(agentName)}>
      <p className="ssio-problem" role="alert">
        {words.broken}
        <button type="button" className="ssio-link" onClick={onRetry}>
          {words.showAgain}
        </button>
      </p>
    </section>
  );
}

function initialRelation(props: RealTimeChatInterfaceProps): Relation | null {
  const { initialEmotions: emotions, initialRelationLevel: level, initialRelationState: state } = props;
  if (emotions === undefined && level === undefined && state === undefined) return null;
  return { emotions: emotions ?? {}, relationLevel: level ?? 0, relationState: state ?? "" };
}
