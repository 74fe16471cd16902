/** A new id of 128 random bits. Also where `crypto.randomUUID` is not: on a page of plain HTTP that is not localhost. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
