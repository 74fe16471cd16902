import { FRAME_BYTES_MAX, MESSAGE_CODE_POINTS_MAX } from "../events.gen.js";
import { ChatError } from "./errors.js";

const FRAME_HEAD_BYTES = 20; // `42` and an ack id of up to 16 digits
const SURROGATE_PAIRS = /[\ud800-\udbff][\udc00-\udfff]/g;
const BYTES_PER_UNIT_MAX = 3; // UTF-8 takes at most so many for a UTF-16 code unit of well-formed text

/** How many Unicode code points a text has, as the server counts them. */
export function codePoints(text: string): number {
  return text.length - (text.match(SURROGATE_PAIRS)?.length ?? 0);
}

/** Throws `too_large` for a message that the server would refuse. */
export function checkMessage(text: string): void {
  if (text.length <= MESSAGE_CODE_POINTS_MAX) return; // a code point has one unit or two
  if (codePoints(text) > MESSAGE_CODE_POINTS_MAX) throw tooLarge(MESSAGE_CODE_POINTS_MAX);
}

/** Throws `too_large` for an event whose frame would make API Gateway close the connection (1009). */
export function checkFrame(event: string, payload: unknown): void {
  const body = JSON.stringify([event, payload]);
  if (body.length * BYTES_PER_UNIT_MAX + FRAME_HEAD_BYTES < FRAME_BYTES_MAX) return;
  if (new TextEncoder().encode(body).length + FRAME_HEAD_BYTES >= FRAME_BYTES_MAX)
    throw tooLarge(FRAME_BYTES_MAX);
}

function tooLarge(limit: number): ChatError {
  return new ChatError({ code: "too_large", message: "The message is too long.", limit });
}
