import { useSyncExternalStore } from "react";

const DAY_MS = 24 * 60 * 60 * 1_000;

/** How times are told. They are milliseconds since the epoch. */
export interface Clock {
  /** A time of day, e.g. `14:05`. */
  readonly timeOfDay: (timestamp: number) => string;
  /** A day as it is spoken of, e.g. `Today`. */
  readonly dayOf: (timestamp: number) => string;
  readonly isSameDay: (one: number, other: number) => boolean;
}

/** The reader's clock, in the reader's language. */
const READERS: Clock = {
  timeOfDay: (timestamp) =>
    new Date(timestamp).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }),
  dayOf: (timestamp) => dayOf(timestamp, Date.now()),
  isSameDay: (one, other) => midnight(one) === midnight(other),
};

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
  return useSyncExternalStore(
    never,
    () => READERS,
    () => UTC,
  );
}

function dayOf(timestamp: number, now: number): string {
  const daysAgo = Math.round((midnight(now) - midnight(timestamp)) / DAY_MS);
  if (daysAgo === 0) return "Today";
  if (daysAgo === 1) return "Yesterday";
  const day = new Date(timestamp);
  const isThisYear = day.getFullYear() === new Date(now).getFullYear();
  return day.toLocaleDateString([], {
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
