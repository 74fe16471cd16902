"use client";

import { useMemo, useSyncExternalStore } from "react";
import type { ChatWords } from "../words/words.js";
import { useChatWords, useLocale } from "./useWords.js";

const DAY_MS = 24 * 60 * 60 * 1_000;

/** How times are told. They are milliseconds since the epoch. */
export interface Clock {
  /** A time of day, e.g. `14:05`. */
  timeOfDay: (timestamp: number) => string;
  /** A day as it is spoken of, e.g. `Today`. */
  dayOf: (timestamp: number) => string;
  /** Whether two times are on one day, where the reader is. */
  isSameDay: (one: number, other: number) => boolean;
}

type DayWords = Pick<ChatWords, "today" | "yesterday">;

/** The reader's clock, in the language of the words. */
function readers(words: DayWords, locale: string): Clock {
  return {
    timeOfDay: (timestamp) =>
      new Date(timestamp).toLocaleTimeString(locale, { hour: "2-digit", minute: "2-digit" }),
    dayOf: (timestamp) => dayOf(timestamp, Date.now(), words, locale),
    isSameDay: (one, other) => midnight(one) === midnight(other),
  };
}

/** The clock that all machines have. */
const UTC: Clock = {
  timeOfDay: (timestamp) => `${new Date(timestamp).toISOString().slice(11, 16)} UTC`,
  dayOf: (timestamp) => dateOf(timestamp),
  isSameDay: (one, other) => dateOf(one) === dateOf(other),
};

/**
 * The reader's clock, which a server that renders does not know: what it renders, and what is taken over from it, has UTC,
 * and says so.
 */
export function useClock(): Clock {
  const words = useChatWords();
  const locale = useLocale();
  const clock = useMemo(() => readers(words, locale), [words, locale]);
  return useSyncExternalStore(
    never,
    () => clock,
    () => UTC,
  );
}

function dayOf(timestamp: number, now: number, words: DayWords, locale: string): string {
  const daysAgo = Math.round((midnight(now) - midnight(timestamp)) / DAY_MS);
  if (daysAgo === 0) return words.today;
  if (daysAgo === 1) return words.yesterday;
  const day = new Date(timestamp);
  const isThisYear = day.getFullYear() === new Date(now).getFullYear();
  return day.toLocaleDateString(locale, {
    weekday: "long",
    month: "long",
    day: "numeric",
    ...(!isThisYear && { year: "numeric" }),
  });
}

function midnight(timestamp: number): number {
  return new Date(timestamp).setHours(0, 0, 0, 0);
}

/** @returns e.g. `2026-11-30`. */
function dateOf(timestamp: number): string {
  return new Date(timestamp).toISOString().slice(0, 10);
}

function never(): () => void {
  return () => undefined;
}
