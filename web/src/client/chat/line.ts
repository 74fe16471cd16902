import type { Complete, Message } from "../../events.gen.js";
import type { ChatError } from "../errors.js";

/** How an answer ended. */
export type FinishReason = Complete["finishReason"];

/**
 * A message as it is shown. `state`: a user's own is `queued`, `sending`, `failed` or `sent`; an answer is `streaming`,
 * then `done`.
 */
export interface ChatLine {
  /** Names the line for as long as it is shown, from before it has a `messageId`. */
  readonly key: string;
  readonly role: Message["role"];
  readonly text: string;
  readonly timestamp: number;
  readonly state: "queued" | "sending" | "failed" | "sent" | "streaming" | "done";
  readonly messageId?: string | undefined;
  readonly clientMessageId?: string | undefined;
  readonly finishReason?: FinishReason | undefined;
  /** The answer in whose place this one was given. */
  readonly replaces?: string | undefined;
  /** The answers that were given before this one, oldest first. */
  readonly former?: readonly ChatLine[] | undefined;
  /** Why it failed. */
  readonly error?: ChatError | undefined;
}

/** A line that the server knows. */
export type KnownLine = ChatLine & { readonly messageId: string };

/** What of a message makes a line: history has it, and so may a page that was rendered before. */
export type StoredMessage = Pick<Message, "messageId" | "role" | "message" | "timestamp"> &
  Partial<Pick<Message, "clientMessageId" | "finishReason" | "replaces">>;

/** A stored message as a line, as it was when it was live. */
export function lineOf({ messageId, clientMessageId, role, message, ...rest }: StoredMessage): KnownLine {
  const { timestamp, finishReason, replaces } = rest;
  const line = {
    key: clientMessageId ?? messageId,
    messageId,
    clientMessageId,
    role,
    text: message,
    timestamp,
  };
  return role === "user" ? { ...line, state: "sent" } : { ...line, state: "done", finishReason, replaces };
}
