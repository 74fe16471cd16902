"use client";

import { useMemo } from "react";
import { initialState, type ChatState, type InitialChat } from "../client/chat/state.js";
import type { ConnectionState } from "../client/connection.js";
import { ChatError, NO_CONNECTION } from "../client/errors.js";
import { chatKey, sharedChat, takeChat, type Chat, type ChatOptions } from "../client/sessions.js";
import { useShared, useStore } from "./shared.js";
import { useConnectionState } from "./useSocket.js";

/** Whose chat it is, with which agent. */
export interface UseChatOptions extends Omit<ChatOptions, "token" | "initial"> {
  /** The API key; without one no chat is opened. */
  token: string | null | undefined;
  /** What is shown before the server says anything. */
  initial?: InitialChat | undefined;
}

/** What the user can do in a chat. */
export interface ChatActions {
  /** Sends a message, now or when it is possible; returns its `clientMessageId`. Throws `too_large`, `unavailable`. */
  send: (text: string) => string;
  /** Sends a message again that had failed. */
  retry: (clientMessageId: string) => void;
  /** Gives up a message that is not sent; returns its text. */
  discard: (clientMessageId: string) => string | undefined;
  /** Ends the answer that is being given. Throws ChatError. */
  stop: () => Promise<void>;
  /** Has the newest answer given again, in place of the one before. Throws ChatError. */
  regenerate: () => Promise<void>;
  /** Loads the messages before the first one. Throws ChatError. */
  loadEarlier: () => Promise<void>;
  /** Shows the user's other devices whether the user types. */
  setTyping: (isTyping: boolean) => void;
  /** Connects, or enters the chat, at once, whatever had stopped it or makes it wait. */
  reconnect: () => void;
}

/** A chat as it stands, and what can be done. */
export interface UseChat extends ChatState, ChatActions {
  /** How the connection is. */
  connection: ConnectionState;
}

/** A user's chat with an agent: everything that a page shows of it, and what can be done. Entered while mounted. */
export function useChat({ token, initial, ...rest }: UseChatOptions): UseChat {
  const options = token ? { ...rest, initial, token } : null;
  const key = options && chatKey(options);
  const chat = useShared(key, () => takeChat(options as ChatOptions), sharedChat);
  const before = useMemo(() => initialState(initial), [initial]);
  const state = useStore(chat?.session.state, before);
  const connection = useConnectionState(chat?.connection ?? null);
  const actions = useMemo(() => actionsOf(chat), [chat]);
  return { ...state, connection, ...actions };
}

function actionsOf(chat: Chat | null): ChatActions {
  const session = chat?.session;
  return {
    send: (text) => {
      if (!session) throw new ChatError(NO_CONNECTION);
      return session.send(text);
    },
    retry: (clientMessageId) => session?.retry(clientMessageId),
    discard: (clientMessageId) => session?.discard(clientMessageId),
    stop: async () => session?.stop(),
    regenerate: async () => session?.regenerate(),
    loadEarlier: async () => session?.loadEarlier(),
    setTyping: (isTyping) => session?.setTyping(isTyping),
    reconnect: () => {
      chat?.connection.retry();
      session?.enter();
    },
  };
}
