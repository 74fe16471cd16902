import type { ChatError } from "../client/errors.js";
import type { RefusalWords } from "./words.js";

/** What went wrong, and how long to wait if that helps. */
export function refusal({ codes, reasons, tryAgainIn }: RefusalWords, error: ChatError): string {
  const { reason, clientReason = reason, retryAfterMs } = error.extra;
  const words = (clientReason && reasons[clientReason]) ?? codes[error.code] ?? error.message;
  return retryAfterMs ? `${words} ${tryAgainIn(Math.ceil(retryAfterMs / 1_000))}` : words;
}
