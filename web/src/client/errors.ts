import type { ErrorCode, EventRefused } from "../events.gen.js";

/** What a client itself could not do, told apart where `code` is the same: its `message` is English, words in other languages go by this. */
export type ClientReason =
  | "arrival-unknown"
  | "browser"
  | "no-answer-yet"
  | "no-connection"
  | "push-key"
  | "push-not-allowed"
  | "push-not-ended"
  | "push-not-set-up"
  | "push-unsupported"
  | "switched-off"
  | "unanswered"
  | "unreachable";

/** What goes with a code: `retryAfterMs`, `limit`, `issues`, `messageId`, `requestId`, `reason`, or the client's own `clientReason`. */
export type ErrorExtra = Omit<Refusal, "code" | "message">;

/** A refusal as it travels and is stored. */
export type Refusal = Omit<EventRefused, "event"> & { clientReason?: ClientReason };

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
  return new ChatError({
    code: "unavailable",
    message: "The server did not answer. Please try again.",
    clientReason: "unanswered",
  });
}

/** There is no way to the server. */
export function unreachable(): ChatError {
  return new ChatError({
    code: "unavailable",
    message: "The server cannot be reached. Please try again.",
    clientReason: "unreachable",
  });
}

/** What was thrown, as a ChatError: what is none yet comes from the browser. */
export function problemOf(error: unknown): ChatError {
  if (error instanceof ChatError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ChatError({ code: "internal", message, clientReason: "browser" });
}

/** Something was asked for before there was a connection. */
export const NO_CONNECTION: Refusal = {
  code: "unavailable",
  message: "There is no connection yet.",
  clientReason: "no-connection",
};

/** Whether the same may be let through later. */
export function isPassing(error: unknown): error is ChatError & { code: "unavailable" | "rate_limited" } {
  return error instanceof ChatError && (error.code === "unavailable" || error.code === "rate_limited");
}
