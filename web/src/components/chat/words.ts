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
