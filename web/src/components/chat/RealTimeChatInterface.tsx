"use client";

import type { ReactNode } from "react";
import type { StoredMessage } from "../../client/chat/line.js";
import type { Relation } from "../../client/chat/state.js";
import { useChat } from "../../hooks/useChat.js";
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
}

/**
 * A user's chat with an agent, whole: answers as they are being written, what waits to be sent, how the connection is and
 * where the two stand. It fills the box that it is put into. Its styles are in `@serverless-socketio/react/styles.css`.
 *
 * @example
 * <RealTimeChatInterface agentId={agent.id} agentName={agent.name} userId={user.id} apiKey={user.apiKey} />
 */
export function RealTimeChatInterface(props: RealTimeChatInterfaceProps): ReactNode {
  const { agentId, agentName, userId } = props;
  return (
    <Boundary
      of={`${agentId} ${userId}`}
      fallback={(retry) => <BrokenChat agentName={agentName} onRetry={retry} />}
    >
      <Chat {...props} />
    </Boundary>
  );
}

function Chat(props: RealTimeChatInterfaceProps): ReactNode {
  const { agentId, agentName, userId, apiKey, initialMessages, leading, autoFocus } = props;
  const initial = { messages: initialMessages, relation: initialRelation(props) };
  const { connection, send, retry, discard, stop, regenerate, loadEarlier, setTyping, reconnect, ...chat } =
    useChat({ agentId, userId, token: apiKey, initial });
  const actions = { send, retry, discard, stop, regenerate, loadEarlier, setTyping, reconnect };
  const id = `chat:${agentId}:${userId}`;
  return (
    <ChatView
      key={id}
      id={id}
      agentName={agentName}
      chat={chat}
      connection={connection}
      leading={leading}
      autoFocus={autoFocus}
      {...actions}
    />
  );
}

/** What stands where a chat cannot be drawn. What was said is kept on the server, what waits to be sent on the device. */
function BrokenChat({ agentName, onRetry }: { agentName: string; onRetry: () => void }): ReactNode {
  return (
    <section className="ssio-chat" aria-label={`Chat with ${agentName}`}>
      <p className="ssio-problem" role="alert">
        Something went wrong while this chat was shown. Nothing that was said is lost.
        <button type="button" className="ssio-link" onClick={onRetry}>
          Show it again
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
