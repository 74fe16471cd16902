"use client";

import {
  useLayoutEffect,
  useRef,
  type ChangeEventHandler,
  type KeyboardEvent,
  type KeyboardEventHandler,
  type RefObject,
  type SyntheticEvent,
} from "react";
import { codePoints } from "../client/limits.js";
import { MESSAGE_CODE_POINTS_MAX } from "../events.gen.js";
import { isComposing } from "./keys.js";
import { useMedia } from "./useMedia.js";
import { useChatWords, useLocale } from "./useWords.js";

const COUNT_FROM = 7_500; // how many characters are used is shown from here on
const GROWS = typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");

/** What is being written, and what becomes of it. */
export interface UseComposerOptions {
  draft: string;
  /** Whether nothing can be written now. */
  isDisabled?: boolean | undefined;
  /** Takes the draft as it is written. */
  onDraft: (text: string) => void;
  /** Takes a draft that is sent. */
  onSend: (text: string) => void;
}

/** A field to write in, and the way to send. */
export interface UseComposer {
  /** Whether there is something that can be sent. */
  canSend: boolean;
  isTooLong: boolean;
  /** Whether the hint is of the length, which all should see; else it is of the keys. */
  isNearEnd: boolean;
  /** What describes the field: how Enter is meant, or how long the text has become. */
  hint: string;
  /** Whether fingers write, and Enter begins a line. */
  isTouch: boolean;
  /** Sends what can be sent, and goes back to the field. */
  send: () => void;
  /** What the form is given. */
  form: {
    /** Sends, if there is something to send. */
    onSubmit: (event: SyntheticEvent) => void;
  };
  /** What the `textarea` is given: it grows with its text. */
  field: {
    ref: RefObject<HTMLTextAreaElement | null>;
    rows: number;
    dir: "auto";
    value: string;
    disabled: boolean;
    enterKeyHint: "enter" | "send";
    "aria-invalid": true | undefined;
    onChange: ChangeEventHandler<HTMLTextAreaElement>;
    onKeyDown: KeyboardEventHandler;
  };
}

/**
 * Where one writes. Enter sends, Shift+Enter begins a new line; on a phone, whose keyboard has no Shift+Enter, Enter begins
 * one too, and a button sends. Ctrl+Enter (⌘) sends everywhere. An Enter of an input method sends nothing.
 */
export function useComposer({ draft, isDisabled = false, onDraft, onSend }: UseComposerOptions): UseComposer {
  const words = useChatWords();
  const locale = useLocale();
  const field = useRef<HTMLTextAreaElement>(null);
  const isTouch = useMedia("(pointer: coarse)");
  const used = draft.length < COUNT_FROM ? draft.length : codePoints(draft);
  const isNearEnd = used >= COUNT_FROM;
  const isTooLong = used > MESSAGE_CODE_POINTS_MAX;
  const canSend = draft.trim() !== "" && !isTooLong && !isDisabled;
  useGrowth(field, draft);

  function send(): void {
    if (canSend) onSend(draft);
    field.current?.focus();
  }
  function press(event: KeyboardEvent): void {
    if (event.key !== "Enter" || isComposing(event.nativeEvent)) return;
    const isWish = event.ctrlKey || event.metaKey;
    if (!isWish && (event.shiftKey || isTouch)) return; // begins a new line
    event.preventDefault();
    send();
  }
  const written = (count: number): string => count.toLocaleString(locale);
  const keys = isTouch ? words.enterBreaks : words.enterSends;
  return {
    canSend,
    isTooLong,
    isNearEnd,
    isTouch,
    hint: isNearEnd ? words.characters(written(used), written(MESSAGE_CODE_POINTS_MAX), used) : keys,
    send,
    form: {
      onSubmit: (event) => {
        event.preventDefault();
        send();
      },
    },
    field: {
      ref: field,
      rows: 1,
      dir: "auto",
      value: draft,
      disabled: isDisabled,
      enterKeyHint: isTouch ? "enter" : "send",
      "aria-invalid": isTooLong || undefined,
      onChange: (event) => onDraft(event.target.value),
      onKeyDown: press,
    },
  };
}

/** Lets the field grow with its text where styles alone cannot (`field-sizing`). */
function useGrowth(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    if (!GROWS && field.current) fit(field.current);
  }, [field, text]);
}

function fit(area: HTMLTextAreaElement): void {
  area.style.blockSize = "auto";
  area.style.blockSize = `${area.scrollHeight}px`;
}
