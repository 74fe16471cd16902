import { ChatError } from "../client/errors.js";

const POINT_BYTES = 65; // of P-256, uncompressed: what `PushManager.subscribe` takes
const UNCOMPRESSED = 4; // its first byte (SEC 1, section 2.3.3)
const PRIVATE_BYTES = 32;
const SPKI_BYTES = 91; // DER of a P-256 public key (RFC 5480): a head, then the point
const DER = 0x30; // the first byte of every key in DER
const PEM = /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END/u;

/**
 * The bytes of a public VAPID key, however it was copied: in base64url or base64, as DER or PEM, with quotes, padding or
 * line breaks. Throws ChatError `unavailable`, which says what it is instead.
 */
export function vapidKeyOf(given: string): Uint8Array<ArrayBuffer> {
  const text = given
    .replaceAll("\\n", "\n")
    .replaceAll(/["'\s]+/gu, " ")
    .trim();
  const [, label = "PUBLIC KEY", body = text] = PEM.exec(text) ?? [];
  if (label !== "PUBLIC KEY") throw wrong(`a ${label.toLowerCase()}`);
  const bytes = bytesOf(body);
  if (!bytes) throw wrong(text.startsWith("{") ? "JSON" : "not base64url");
  const point = bytes.length === SPKI_BYTES && bytes[0] === DER ? bytes.slice(-POINT_BYTES) : bytes;
  if (point.length === POINT_BYTES && point[0] === UNCOMPRESSED) return point;
  if (point.length === PRIVATE_BYTES) throw wrong("as long as a private key, which is for the server alone");
  throw wrong(bytes[0] === DER ? "another kind of key" : `${bytes.length} bytes long`);
}

/** Whether a subscription is known to have been made with another key: nothing that is sent with this one reaches it. */
export function isOfAnotherKey({ options }: PushSubscription, key: Uint8Array): boolean {
  const { applicationServerKey } = options;
  if (!applicationServerKey) return false; // not every browser tells
  const made = new Uint8Array(applicationServerKey);
  return made.length !== key.length || made.some((byte, at) => byte !== key[at]);
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    const binary = atob(
      text.replaceAll(" ", "").replaceAll("-", "+").replaceAll("_", "/").replace(/=+$/u, ""),
    );
    return Uint8Array.from(binary, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function wrong(what: string): ChatError {
  return new ChatError({
    code: "unavailable",
    message: `Notifications are not set up: the public VAPID key is ${what}. It must be a P-256 point of 65 bytes, as \`make vapid-keys\` makes it.`,
    clientReason: "push-key",
  });
}
