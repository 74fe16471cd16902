import type { Refusal } from "../errors.js";

/** A message that the server has not acknowledged. */
export interface Unsent {
  /** The `clientMessageId`: under it the server takes the message once. */
  readonly id: string;
  /** The chat that it is for. */
  readonly chat: string;
  /** Its place: messages of a chat go out in this order. */
  readonly order: number;
  readonly text: string;
  /** When it was written. */
  readonly at: number;
  /** When it was first sent, if it was: it may have arrived. */
  readonly triedAt?: number | undefined;
  /** Why it is not sent any more, until somebody wants it again. */
  readonly error?: Refusal | undefined;
}

/** Where unsent messages are kept; several pages may share it. */
export interface UnsentStore {
  /** Those of a chat, in order. */
  all(chat: string): Promise<Unsent[]>;
  put(unsent: Unsent): Promise<void>;
  remove(id: string, chat: string): Promise<void>;
  /** Calls `listener` with the chat whose messages another page has changed. */
  subscribe(listener: (chat: string) => void): () => void;
}
