"use client";

import { useEffect, type RefObject } from "react";

/**
 * Keeps the focus in a chat: where the element that has it is taken away or switched off (a Stop whose answer has ended, a
 * Try again that has worked), it goes on to the log if it was there, else to the field.
 */
export function useFocusKept(chat: RefObject<HTMLElement | null>): void {
  useEffect(() => (chat.current ? keepIn(chat.current) : undefined), [chat]);
}

function keepIn(section: HTMLElement): () => void {
  let holder: { element: Element; isInLog: boolean } | null = null;

  function take({ target }: FocusEvent): void {
    const element = target as Element;
    holder = { element, isInLog: logOf(section)?.parentElement?.contains(element) ?? false };
  }
  function leave({ target }: FocusEvent): void {
    const element = target as Element;
    if (document.activeElement === element) return; // only the window has lost the focus
    queueMicrotask(() => {
      if (isThere(element) && holder?.element === element) holder = null; // it went elsewhere
    });
  }
  const observer = new MutationObserver(() => {
    if (!holder || isThere(holder.element)) return;
    const isFree = document.activeElement === document.body || document.activeElement === holder.element;
    if (isFree) focusChat(section, { isReading: holder.isInLog });
  });

  section.addEventListener("focusin", take);
  section.addEventListener("focusout", leave);
  observer.observe(section, { subtree: true, childList: true, attributeFilter: ["disabled"] });
  return () => {
    section.removeEventListener("focusin", take);
    section.removeEventListener("focusout", leave);
    observer.disconnect();
  };
}

/** Gives the focus to a chat: to its field, or to its log for one who reads, or where a keyboard would come up. */
export function focusChat(chat: Element, { isReading = false } = {}): void {
  const field = chat.querySelector<HTMLElement>("textarea:enabled");
  const log = logOf(chat);
  const isTouch = matchMedia("(pointer: coarse)").matches;
  (isReading || isTouch ? log : (field ?? log))?.focus({ preventScroll: true });
}

/** Its log; what lies beside that, in the same element, belongs to it. */
function logOf(chat: Element): HTMLElement | null {
  return chat.querySelector<HTMLElement>("[role=log]");
}

function isThere(element: Element): boolean {
  return element.isConnected && !element.matches(":disabled");
}
