import type { FinishReason } from "../../client/chat/line.js";
import type { ChatError } from "../../client/errors.js";
import type { ErrorCode } from "../../events.gen.js";

/** Refusals in words that a person can act on; where none stand here, the server's own are shown. */
const REFUSED: Partial<Record<ErrorCode, string>> = {
  conflict: "The answer before is not finished yet.",
  rate_limited: "That was quicker than your plan allows.",
  too_large: "This message is too long.",
  unauthorized: "Your key is not accepted any more.",
};

const FINISHED: Partial<Record<FinishReason, string>> = {
  error: "The answer broke off here.",
  length: "Cut here: the answer grew too long.",
  stopped: "Stopped",
};

/** What went wrong, and how long to wait if that helps. */
export function inWords({ code, message, extra }: ChatError): string {
  const wait = extra.retryAfterMs ? ` Try again in ${Math.ceil(extra.retryAfterMs / 1_000)} s.` : "";
  return `${REFUSED[code] ?? message}${wait}`;
}

/** How an answer ended, where that needs a word. */
export function ending(reason: FinishReason | undefined): string | undefined {
  return reason && FINISHED[reason];
}

/** A time of day, e.g. `14:05`, as the reader writes it. */
export function timeOfDay(timestamp: number): string {
  return new Date(timestamp).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/** A day as it is spoken of: today, yesterday, a date. */
export function dayOf(timestamp: number, now = Date.now()): string {
  const day = new Date(timestamp);
  const daysAgo = Math.round((midnight(now) - midnight(timestamp)) / (24 * 60 * 60 * 1_000));
  if (daysAgo === 0) return "Today";
  if (daysAgo === 1) return "Yesterday";
  const isThisYear = day.getFullYear() === new Date(now).getFullYear();
  return day.toLocaleDateString([], {
    weekday: "long",
    month: "long",
    day: "numeric",
    ...(!isThisYear && { year: "numeric" }),
  });
}

/** Whether two times lie on the same day. */
export function isSameDay(one: number, other: number): boolean {
  return midnight(one) === midnight(other);
}

function midnight(timestamp: number): number {
  return new Date(timestamp).setHours(0, 0, 0, 0);
}
