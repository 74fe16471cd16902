"use client";

import { useEffect, useRef, useState } from "react";
import type { ChatState } from "../client/chat/state.js";
import { useLatest } from "./shared.js";
import { useChatWords } from "./useWords.js";

/** What is announced, and how it is read. */
export interface UseAnnouncementOptions {
  agentName: string;
  /** The chat, as `useChat` has it. What was said before it is entered is not news. */
  chat: Pick<ChatState, "messages" | "isJoined" | "answering">;
  /** How a text is read out, e.g. without the marks of Markdown. Default: as it was written. */
  read?: ((text: string) => Promise<string>) | undefined;
}

/**
 * What to tell a listener, for an element with `role="status"`: that an answer is being written, once, and the answer when it
 * is whole. Chunk by chunk would be a stutter.
 */
export function useAnnouncement({ agentName, chat, read = asWritten }: UseAnnouncementOptions): string {
  const { messages, isJoined, answering } = chat;
  const last = messages.findLast(({ role, state }) => role === "agent" && state === "done");
  const known = useRef<string | null>(null); // null until the chat is entered
  const awaited = useRef<string | null>(null);
  const [said, setSaid] = useState("");
  const words = useChatWords();
  const latest = useLatest({ words, read });
  useEffect(() => {
    if (answering === null || answering === awaited.current) return;
    awaited.current = answering;
    setSaid(latest.current.words.isWriting(agentName));
  }, [agentName, answering, latest]);
  useEffect(() => {
    if (!isJoined) return;
    if (last && known.current !== null && known.current !== last.key) {
      const { words: now, read: aloud } = latest.current;
      void aloud(last.text)
        .catch(() => last.text)
        .then((text) => {
          if (known.current === last.key) setSaid(now.hasSaid(agentName, text)); // else there is a newer one
        });
    }
    known.current = last?.key ?? "";
  }, [agentName, last, isJoined, latest]);
  return said;
}

async function asWritten(text: string): Promise<string> {
  return text;
}
