"use client";

import { useCallback } from "react";
import type { Ack, ChatSocket, Connection, ConnectionState } from "../client/connection.js";
import {
  connectionKey,
  sharedConnection,
  takeConnection,
  type ConnectOptions,
} from "../client/connections.js";
import { ChatError, NO_CONNECTION } from "../client/errors.js";
import type { Listener } from "../client/listeners.js";
import { chatKey, sharedChat, takeChat } from "../client/sessions.js";
import type { ClientEvents, ServerEvents } from "../events.gen.js";
import { useListeners, useShared, useStore } from "./shared.js";

const IDLE: ConnectionState = { status: "idle" };

/** Who connects, and where to. */
export interface UseSocketOptions extends Omit<ConnectOptions, "token"> {
  /** The API key; without one nothing is connected. */
  token: string | null | undefined;
}

/** A connection, typed by the events. */
export interface UseSocket {
  /** The stock client's socket, shared by every component with the same token; null until it is there. */
  socket: ChatSocket | null;
  isConnected: boolean;
  /** Sends an event. What is wrong with it is said on the ack, or without one by the event `error`. */
  emit: <E extends keyof ClientEvents>(
    event: E,
    payload: ClientEvents[E]["payload"],
    ack?: (answer: Ack<E>) => void,
  ) => void;
  /** Calls `listener` on every `event` until `off`, the function that is returned, or the component's end. */
  on: <E extends keyof ServerEvents>(event: E, listener: Listener<ServerEvents[E]>) => () => void;
  /** Calls `listener` no more; without one, no listener of this component for `event`. */
  off: <E extends keyof ServerEvents>(event: E, listener?: Listener<ServerEvents[E]>) => void;
}

/** The connection of a token: the first component opens it, shortly after the last has gone it is closed. */
export function useSocket(options: UseSocketOptions): UseSocket {
  const connection = useConnection(options);
  const { status } = useConnectionState(connection);
  const { on, off, dispatch } = useListeners(connection ?? undefined);
  const emit = useCallback<UseSocket["emit"]>(
    (event, payload, ack) => {
      if (connection) connection.emit(event, payload, ack);
      else if (ack) ack({ ok: false, error: NO_CONNECTION });
      else dispatch("error", { event, ...NO_CONNECTION });
    },
    [connection, dispatch],
  );
  return { socket: connection?.socket ?? null, isConnected: status === "connected", emit, on, off };
}

/** The events of a chat, and what can be said. */
export interface UseChatSocket {
  /** Sends a message, now or when it is possible: it survives a reload, and is answered once. */
  sendMessage: (text: string) => void;
  /** Shows the user's other devices whether the user types. */
  sendTyping: (isTyping: boolean) => void;
  /** Events of this chat; the chunks of an answer in order and without repeats, whatever the network did. */
  on: UseSocket["on"];
  /** As of `useSocket`. */
  off: UseSocket["off"];
}

/** A user's chat with an agent, entered while mounted. */
export function useChatSocket(
  agentId: string,
  userId: string,
  apiKey: string | null | undefined,
): UseChatSocket {
  const options = apiKey ? { agentId, userId, token: apiKey } : null;
  const chat = useShared(
    options && chatKey(options),
    () => takeChat(options as NonNullable<typeof options>),
    sharedChat,
  );
  const session = chat?.session;
  const { on, off, dispatch } = useListeners(session?.events);
  const sendMessage = useCallback(
    (text: string) => {
      try {
        if (!session) throw new ChatError(NO_CONNECTION);
        session.send(text);
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        dispatch("error", { event: "chat:message", ...error.toRefusal() });
      }
    },
    [session, dispatch],
  );
  const sendTyping = useCallback((isTyping: boolean) => session?.setTyping(isTyping), [session]);
  return { sendMessage, sendTyping, on, off };
}

/** The shared connection itself, for what `useSocket` does not show; null until it is there. */
export function useConnection({ token, ...rest }: UseSocketOptions): Connection | null {
  const options = token ? { ...rest, token } : null;
  return useShared(
    options && connectionKey(options),
    () => takeConnection(options as NonNullable<typeof options>),
    sharedConnection,
  );
}

/** How a connection is. */
export function useConnectionState(connection: Connection | null): ConnectionState {
  return useStore(connection?.state, IDLE);
}
