"use client";

import {
  useEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type KeyboardEventHandler,
  type RefObject,
  type UIEventHandler,
} from "react";
import { flushSync } from "react-dom";
import type { ChatLine } from "../client/chat/line.js";
import { Nearness } from "./log/nearness.js";
import { Paginator, type LinePage } from "./log/pages.js";
import { useLatest } from "./shared.js";

const AT_END_PX = 40; // so close to the end counts as there
const LINE_PX = 72; // about what a short message takes
const CHARACTER_PX = 0.4; // and each character of a longer one

/** A log that scrolls from its end. */
export interface UseMessageLog {
  /** The lines in pages: of those that are far from the view only a gap need be drawn (`useLinePage`). */
  pages: readonly LinePage[];
  /** Tells pages whether they are near the view. */
  nearness: Nearness;
  /** Whether the newest message is in view. */
  isAtEnd: boolean;
  /** Scrolls to the newest message. */
  toEnd: () => void;
  /**
   * What the element that scrolls is given. Its styles turn it round (`flex-direction: column-reverse`): at the end it stays
   * there by itself however the text grows, and what comes in above moves nothing. Home and End go to its ends.
   */
  log: {
    ref: RefObject<HTMLDivElement | null>;
    role: "log";
    tabIndex: 0;
    onKeyDown: KeyboardEventHandler<HTMLDivElement>;
    onScroll: UIEventHandler<HTMLDivElement>;
  };
}

/** Messages in a log that scrolls: it follows what is said at its end, and draws what is near the view, or is printed. */
export function useMessageLog(lines: readonly ChatLine[]): UseMessageLog {
  const scroller = useRef<HTMLDivElement>(null);
  const [paginator] = useState(() => new Paginator());
  const [nearness] = useState(() => new Nearness("[role=log]"));
  const [isAtEnd, setAtEnd] = useState(true);
  const own = lines.findLast(({ role }) => role === "user")?.key;

  useEffect(() => () => nearness.end(), [nearness]);
  usePrinting(nearness);
  useEffect(() => scrollTo(scroller.current, "end"), [own]); // a user who sends a message wants to see it
  return {
    pages: paginator.pages(lines),
    nearness,
    isAtEnd,
    toEnd: () => scrollTo(scroller.current, "end"),
    log: {
      ref: scroller,
      role: "log",
      tabIndex: 0,
      onKeyDown: jump,
      onScroll: ({ currentTarget }) => setAtEnd(Math.abs(currentTarget.scrollTop) < AT_END_PX),
    },
  };
}

/** Whether a page of lines is to be drawn, else how high a gap stands for it, in pixels. */
export interface UseLinePage {
  ref: RefObject<HTMLDivElement | null>;
  gap: number | null;
}

/** A page of a log while it is near the view, else a gap of the same height. The last one is always there. */
export function useLinePage(page: LinePage, nearness: Nearness, isLast: boolean): UseLinePage {
  const ref = useRef<HTMLDivElement>(null);
  const [gap, setGap] = useState<number | null>(isLast ? null : heightOf(page.lines));
  useEffect(() => {
    if (!ref.current) return undefined;
    return nearness.watch(ref.current, (isNear, height) =>
      setGap((before) => (isNear ? null : (before ?? height))),
    );
  }, [nearness]);
  return { ref, gap: isLast ? null : gap };
}

/** Calls `load` when the view comes near to an element, e.g. to where earlier messages would be. */
export function useNear(nearness: Nearness, load: () => void): RefObject<HTMLDivElement | null> {
  const ref = useRef<HTMLDivElement>(null);
  const latest = useLatest(load);
  useEffect(
    () => (ref.current ? nearness.watch(ref.current, (isNear) => isNear && latest.current()) : undefined),
    [nearness, latest],
  );
  return ref;
}

/** Draws everything before the page is printed, which does not wait, and leaves out again what is far after that. */
function usePrinting(nearness: Nearness): void {
  useEffect(() => {
    const before = (): void => flushSync(() => nearness.all());
    const after = (): void => nearness.again();
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, [nearness]);
}

/** At once: on a long way heights become known that were guessed before, which ends a smooth scroll where it is. */
function scrollTo(log: HTMLDivElement | null, place: "start" | "end"): void {
  log?.scrollTo({ top: place === "end" ? 0 : -log.scrollHeight, behavior: "instant" });
}

function jump(event: KeyboardEvent<HTMLDivElement>): void {
  const place = { Home: "start", End: "end" }[event.key] as "start" | "end" | undefined;
  if (!place || event.target !== event.currentTarget) return;
  event.preventDefault();
  scrollTo(event.currentTarget, place);
}

/** About how high lines will be that were not drawn yet, in pixels. */
function heightOf(lines: readonly ChatLine[]): number {
  return lines.reduce((height, { text }) => height + LINE_PX + text.length * CHARACTER_PX, 0);
}
