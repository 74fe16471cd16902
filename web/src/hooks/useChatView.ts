"use client";

import { useCallback } from "react";
import type { ChatState } from "../client/chat/state.js";
import type { ChatError } from "../client/errors.js";
import { useAttempt } from "./useAttempt.js";
import type { UseChat } from "./useChat.js";
import { useDraft } from "./useDraft.js";
import { useChatWords } from "./useWords.js";

/** Typing of the agent, or of the user on another device. */
export interface TypingLine {
  role: "agent" | "user";
  /** The same in words. */
  text: string;
}

/** Whose view it is. */
export interface UseChatViewOptions {
  /** Names the chat, e.g. `chat:companion:alice`: under it the draft is kept. */
  id: string;
  agentName: string;
  /** The chat, as `useChat` has it. */
  chat: UseChat;
}

/** What a view of a chat shows beside `useChat`, and what its buttons do. Nothing here throws a ChatError: see `problem`. */
export interface UseChatView {
  /** What is written and not sent: it outlives reloads, each tab its own. */
  draft: string;
  /** Changes the draft, and lets the user's other devices know. */
  write: (text: string) => void;
  /** Sends a text, and empties the draft. */
  send: (text: string) => void;
  /** Takes a message that was not sent back into the draft. */
  edit: (clientMessageId: string) => void;
  /** Stops the answer that is being written. */
  stop: () => void;
  /** Asks for the newest answer once more. */
  regenerate: () => void;
  /** Loads the page of messages before the first one. */
  loadEarlier: () => void;
  /** What was refused last, until something else is tried. */
  problem: ChatError | null;
  /** The key of the answer that can be given again: the last thing that was said. */
  regenerable: string | undefined;
  /** Whether an answer is being given. */
  isAnswering: boolean;
  /** Whether the first messages are still to come. */
  isLoading: boolean;
  /** Whether nothing can be sent until it is asked to connect again. */
  isDisabled: boolean;
  typing: readonly TypingLine[];
}

/** A chat as it is shown: the draft, the ways to act, and what came of them. */
export function useChatView({ id, agentName, chat }: UseChatViewOptions): UseChatView {
  const { discard, setTyping } = chat;
  const words = useChatWords();
  const [draft, setDraft] = useDraft(id);
  const [problem, attempt] = useAttempt();
  const isRefused = chat.connection.status === "refused";
  const { stop, regenerate, loadEarlier } = chat;
  return {
    draft,
    write: useCallback(
      (text) => {
        setDraft(() => text);
        setTyping(text.trim() !== "");
      },
      [setDraft, setTyping],
    ),
    send: (text) =>
      void attempt(() => {
        chat.send(text);
        setDraft(() => "");
      }),
    edit: useCallback(
      (clientMessageId) =>
        setDraft((before) => [discard(clientMessageId), before].filter(Boolean).join("\n")),
      [discard, setDraft],
    ),
    stop: useCallback(() => void attempt(stop), [attempt, stop]),
    regenerate: useCallback(() => void attempt(regenerate), [attempt, regenerate]),
    loadEarlier: useCallback(() => void attempt(loadEarlier), [attempt, loadEarlier]),
    problem,
    regenerable: regenerableOf(chat),
    isAnswering: chat.answering !== null,
    isLoading: !chat.isJoined && !isRefused && !chat.error,
    isDisabled: isRefused || chat.error !== null,
    typing: [
      ...(chat.isTypingElsewhere ? [{ role: "user" as const, text: words.typingElsewhere }] : []),
      ...(chat.isAgentTyping ? [{ role: "agent" as const, text: words.isTyping(agentName) }] : []),
    ],
  };
}

function regenerableOf({ messages, answering, isJoined }: ChatState): string | undefined {
  const last = messages.at(-1);
  return isJoined && answering === null && last?.state === "done" ? last.key : undefined;
}
