import type { ErrorCode, EventRefused } from "../events.gen.js";

/** What goes with a code: `retryAfterMs`, `limit`, `issues`, `messageId` or `requestId`. */
export type ErrorExtra = Pick<EventRefused, "issues" | "retryAfterMs" | "limit" | "messageId" | "requestId">;

/** A refusal as it travels and is stored. */
export type Refusal = Omit<EventRefused, "event">;

/** Something was refused, or could not be done. `code` is the contract's; `message` may be shown as it is. */
export class ChatError extends Error {
  override readonly name = "ChatError";
  readonly code: ErrorCode;
  readonly extra: ErrorExtra;

  constructor({ code, message, ...extra }: Refusal) {
    super(message);
    this.code = code;
    this.extra = extra;
  }

  /** The refusal as plain data, as a structured clone or an ack needs it. */
  toRefusal(): Refusal {
    return { code: this.code, message: this.message, ...this.extra };
  }
}

/** No ack came. What was sent may have arrived, so only what is safe to repeat is sent again. */
export function unanswered(): ChatError {
  return new ChatError({ code: "unavailable", message: "The server did not answer. Please try again." });
}

/** Whether the same may be let through later. */
export function isPassing(error: unknown): error is ChatError & { code: "unavailable" | "rate_limited" } {
  return error instanceof ChatError && (error.code === "unavailable" || error.code === "rate_limited");
}
