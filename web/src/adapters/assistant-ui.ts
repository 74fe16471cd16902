"use client";

import { useExternalStoreRuntime, type AssistantRuntime, type ThreadMessageLike } from "@assistant-ui/react";
import { useMemo, useState } from "react";
import type { ChatLine } from "../client/chat/line.js";
import { ChatError } from "../client/errors.js";
import { newId } from "../client/id.js";
import type { UseChat } from "../hooks/useChat.js";
import { BROKE_OFF } from "./following.js";

/**
 * What `metadata.custom` of a message says: how it stands, why it failed (`chat.retry(key)` sends it again), and the answers
 * in whose place it was given, oldest first.
 */
export interface ChatLineState {
  state: ChatLine["state"];
  former?: string[];
  error?: ReturnType<ChatError["toRefusal"]>;
}

/** Stands below a message of the user's: why it has no answer. */
interface Notice {
  readonly key: string;
  readonly error: string;
}

/**
 * The runtime of assistant-ui over a chat of ours: `useChatRuntime(useChat({agentId, userId, token}))`. Send, stop, reload
 * and what was said before are the chat's own: what is written offline waits in the outbox. What was refused is shown as
 * assistant-ui shows errors. The newest answer can be given again; there is no editing: the server has none.
 */
export function useChatRuntime(chat: UseChat): AssistantRuntime {
  const [unsendable, setUnsendable] = useState<readonly ChatLine[]>([]); // too long: the chat did not take them
  const { messages: lines, connection } = chat;
  const obstacle = obstacleOf(chat);
  const messages = useMemo(() => {
    const all = [...lines, ...unsendable];
    return all.flatMap((line) => [line, ...noticesOf(line, obstacle)]);
  }, [lines, unsendable, obstacle]);
  return useExternalStoreRuntime<ChatLine | Notice>({
    messages,
    convertMessage,
    isRunning: chat.answering !== null,
    isLoading: lines.length === 0 && !chat.isJoined && chat.error === null && isUnderWay(connection),
    hasEarlier: chat.hasEarlier,
    onLoadEarlier: chat.loadEarlier,
    onCancel: chat.stop,
    onReload: chat.regenerate,
    onNew: async ({ content }) => {
      const text = content.map((part) => (part.type === "text" ? part.text : "")).join("");
      try {
        chat.send(text);
      } catch (error) {
        if (!(error instanceof ChatError)) throw error;
        const line = { key: newId(), role: "user", text, timestamp: Date.now(), state: "failed" } as const;
        setUnsendable((others) => [...others, { ...line, error }]);
      }
    },
  });
}

function isUnderWay({ status }: UseChat["connection"]): boolean {
  return status === "idle" || status === "connecting" || status === "reconnecting";
}

/** Why what waits does not go out by itself, or not soon. */
function obstacleOf({ error, connection }: UseChat): string | undefined {
  if (connection.status === "refused") return connection.error.message;
  if (connection.status === "offline") return "The network is down. This is sent when it is back.";
  return error?.message;
}

/** Why a message has no answer: it was refused, or something is in its way. */
function noticesOf({ key, state, error }: ChatLine, obstacle: string | undefined): Notice[] {
  const isWaiting = state === "queued" || state === "sending";
  const reason = error?.message ?? (isWaiting ? obstacle : undefined);
  return reason === undefined ? [] : [{ key: `${key}:notice`, error: reason }];
}

function convertMessage(line: ChatLine | Notice): ThreadMessageLike {
  if (!("role" in line))
    return { id: line.key, role: "assistant", content: [], status: incomplete("error", line.error) };
  const { key, role, text, timestamp, state, error, former } = line;
  const custom = {
    state,
    ...(error && { error: error.toRefusal() }),
    ...(former && { former: former.map((each) => each.text) }),
  } satisfies ChatLineState;
  const message = {
    id: key,
    content: text ? [{ type: "text", text } as const] : [],
    createdAt: new Date(timestamp),
    metadata: { custom },
  };
  return role === "user"
    ? { ...message, role: "user" }
    : { ...message, role: "assistant", status: statusOf(line) };
}

function statusOf({ state, finishReason = "stop" }: ChatLine): NonNullable<ThreadMessageLike["status"]> {
  if (state === "streaming") return { type: "running" };
  switch (finishReason) {
    case "stop":
      return { type: "complete", reason: "stop" };
    case "length":
      return incomplete("length");
    case "stopped":
      return incomplete("cancelled");
    case "error":
      return incomplete("error", BROKE_OFF);
  }
}

function incomplete(
  reason: "length" | "cancelled" | "error",
  error?: string,
): NonNullable<ThreadMessageLike["status"]> {
  return { type: "incomplete", reason, ...(error !== undefined && { error }) };
}
