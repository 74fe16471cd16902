"use client";

import { useEffect, type RefObject } from "react";
import { isEscapeOf } from "./keys.js";

/** Calls `act`, e.g. what stops an answer, on an Escape that means an element: the focus is in it or around it, and nothing stands open before the page. */
export function useEscape(element: RefObject<HTMLElement | null>, act: (() => void) | undefined): void {
  useEffect(() => {
    if (!act) return undefined;
    const press = (event: KeyboardEvent): void => {
      if (element.current && isEscapeOf(element.current, event)) act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [element, act]);
}
