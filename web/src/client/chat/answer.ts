import type { FinishReason } from "./line.js";

/** An answer as it gathers: every chunk once and in order, however they come. */
export class Answer {
  readonly messageId: string;
  text = "";
  /** The chunk that is next. */
  index = 0;
  replyTo = "";
  /** The answer in whose place it is given. */
  replaces: string | undefined;
  /** Set once it has ended. */
  finishReason: FinishReason | undefined;
  readonly #early = new Map<number, string>();

  constructor(messageId: string) {
    this.messageId = messageId;
  }

  /** Keeps a chunk, unless it is a repeat. */
  keep(index: number, chunk: string): void {
    if (index >= this.index) this.#early.set(index, chunk);
  }

  /** Appends the chunks that are next. */
  join(): void {
    for (let chunk = this.#early.get(this.index); chunk !== undefined; chunk = this.#early.get(this.index)) {
      this.#early.delete(this.index);
      this.text += chunk;
      this.index += 1;
    }
  }

  /** Takes over a text that is further on: the chunks before `index`, joined. */
  adopt(text: string, index: number): void {
    if (index < this.index) return;
    this.text = text;
    this.index = index;
    for (const early of this.#early.keys()) if (early < index) this.#early.delete(early);
    this.join();
  }

  /** Whether chunks wait behind one that is missing. */
  get hasGap(): boolean {
    return this.#early.size > 0;
  }
}
