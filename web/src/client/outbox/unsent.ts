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
  /** Why it is not sent any more, until the user wants it again. */
  readonly error?: Refusal | undefined;
}

/** Where unsent messages are kept; several pages may share it. Any call may fail, or never be answered. */
export interface UnsentStore {
  /** Those of a chat, in order. */
  all(chat: string): Promise<Unsent[]>;
  /** Resolves once it is stored for good. */
  put(unsent: Unsent): Promise<void>;
  remove(id: string, chat: string): Promise<void>;
  subscribe(listener: UnsentListener): () => void;
}

/** What a store has to tell. */
export interface UnsentListener {
  /** Another page has changed a chat's messages. */
  changed(chat: string): void;
  /** All that was stored may be gone. */
  lost(): void;
}

/** The order in which messages go out, the same in every page. */
export function byOrder(one: Unsent, other: Unsent): number {
  return one.order - other.order || (one.id < other.id ? -1 : 1);
}

/** What was stored, as far as it can be read: an id, a chat and a text make a message, whatever else is damaged. */
export function unsentOf(stored: unknown): Unsent | undefined {
  const { id, chat, order, text, at, triedAt, error } = (stored ?? {}) as Record<keyof Unsent, unknown>;
  if (typeof id !== "string" || typeof chat !== "string" || typeof text !== "string") return undefined;
  const writtenAt = numberOf(at) ?? 0;
  return {
    id,
    chat,
    order: numberOf(order) ?? writtenAt,
    text,
    at: writtenAt,
    triedAt: numberOf(triedAt),
    error: isRefusal(error) ? error : undefined,
  };
}

function numberOf(value: unknown): number | undefined {
  return Number.isFinite(value) ? (value as number) : undefined;
}

function isRefusal(value: unknown): value is Refusal {
  const { code, message } = (value ?? {}) as Record<keyof Refusal, unknown>;
  return typeof code === "string" && typeof message === "string";
}
