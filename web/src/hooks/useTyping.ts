"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { useLatest } from "./shared.js";

const TIMEOUT_MS = 3_000;

/** What typing brings about, and when it ends. */
export interface UseTypingOptions {
  /** Called at the first key. */
  onTypingStart?: (() => void) | undefined;
  /** Called once it has stopped. */
  onTypingStop?: (() => void) | undefined;
  /** Milliseconds after the last `startTyping` that typing stops by itself. Default: 3000. */
  timeout?: number | undefined;
}

/** Whether the user types, and what a field calls. */
export interface UseTyping {
  isTyping: boolean;
  /** Call it on every key: only the first one starts, the others put the end off. */
  startTyping: () => void;
  /** Ends it at once: the message was sent. */
  stopTyping: () => void;
}

/** Turns key strokes into a start and a stop. A component that unmounts while typing has stopped. */
export function useTyping({
  onTypingStart,
  onTypingStop,
  timeout = TIMEOUT_MS,
}: UseTypingOptions = {}): UseTyping {
  const [isTyping, setIsTyping] = useState(false);
  const latest = useLatest({ onTypingStart, onTypingStop, timeout });
  const stopping = useRef<ReturnType<typeof setTimeout>>(undefined);

  const stopTyping = useCallback(() => {
    if (stopping.current === undefined) return;
    clearTimeout(stopping.current);
    stopping.current = undefined;
    setIsTyping(false);
    latest.current.onTypingStop?.();
  }, [latest]);

  const startTyping = useCallback(() => {
    const isFirst = stopping.current === undefined;
    clearTimeout(stopping.current);
    stopping.current = setTimeout(stopTyping, latest.current.timeout);
    if (!isFirst) return;
    setIsTyping(true);
    latest.current.onTypingStart?.();
  }, [latest, stopTyping]);

  useEffect(() => stopTyping, [stopTyping]);
  return { isTyping, startTyping, stopTyping };
}
