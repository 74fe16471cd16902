import type { KnownLine } from "./line.js";
import { Versions } from "./versions.js";

/** The lines of a chat that the server knows, in the order of their ids: the order in which they were accepted. */
export class Transcript {
  #lines: readonly KnownLine[] = [];
  readonly #clientIds = new Set<string>();
  readonly #versions = new Versions();

  /** Those that are shown. `replaced`: an answer that is being given again, without a word yet. */
  shown(replaced: string | undefined): readonly KnownLine[] {
    return this.#versions.of(this.#lines, replaced);
  }

  get(messageId: string): KnownLine | undefined {
    const line = this.#lines[this.#position(messageId)];
    return line?.messageId === messageId ? line : undefined;
  }

  /** Whether a message of ours has arrived. */
  has(clientMessageId: string): boolean {
    return this.#clientIds.has(clientMessageId);
  }

  /** Puts a line in its place, instead of one with the same id. */
  set(line: KnownLine): void {
    const at = this.#position(line.messageId);
    const isKnown = this.#lines[at]?.messageId === line.messageId;
    this.#lines = [...this.#lines.slice(0, at), line, ...this.#lines.slice(isKnown ? at + 1 : at)];
    if (line.clientMessageId) this.#clientIds.add(line.clientMessageId);
  }

  /** The newest message that is known for good: what came after it is asked for. */
  newest(): string | undefined {
    return this.#lines.findLast(({ state }) => state !== "streaming")?.messageId;
  }

  #position(messageId: string): number {
    let low = 0;
    let high = this.#lines.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#lines[middle]?.messageId ?? "") < messageId) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
