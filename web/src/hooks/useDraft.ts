"use client";

import { useCallback, useSyncExternalStore } from "react";
import { tabDrafts } from "../client/chat/drafts.js";

/** What was written in a chat and not sent yet, and a function that changes it. */
export function useDraft(chat: string): [string, (change: (before: string) => string) => void] {
  const drafts = tabDrafts();
  const draft = useSyncExternalStore(
    drafts.subscribe,
    () => drafts.of(chat),
    () => "", // a server that renders knows of none
  );
  const change = useCallback(
    (next: (before: string) => string) => drafts.set(chat, next(drafts.of(chat))),
    [drafts, chat],
  );
  return [draft, change];
}
