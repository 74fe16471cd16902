const FORGET_MS = 5_000; // "true holds for 5 s unless repeated"
const REPEAT_MS = 3_000; // so it is repeated before that
const TIRED_MS = 30_000; // without a key stroke for so long

/** Says to the others that this user types: repeated while it goes on, and never more often than needed. */
export class TypingSignal {
  readonly #say: (isTyping: boolean) => void;
  #repeating: ReturnType<typeof setInterval> | undefined;
  #askedAt = 0;

  constructor(say: (isTyping: boolean) => void) {
    this.#say = say;
  }

  set(isTyping: boolean): void {
    if (!isTyping) {
      this.#stop();
      return;
    }
    this.#askedAt = Date.now();
    if (this.#repeating !== undefined) return;
    this.#say(true);
    this.#repeating = setInterval(() => this.#repeat(), REPEAT_MS);
  }

  /** Forgets it without a word: a message says as much. */
  clear(): void {
    clearInterval(this.#repeating);
    this.#repeating = undefined;
  }

  #repeat(): void {
    if (Date.now() - this.#askedAt > TIRED_MS) this.#stop();
    else this.#say(true);
  }

  #stop(): void {
    if (this.#repeating === undefined) return;
    this.clear();
    this.#say(false);
  }
}

/** The typing of others, forgotten when it is not repeated. */
export class TypingMemory {
  isTyping = false;
  #saidAt = 0;
  readonly #changed: () => void;
  #forgetting: ReturnType<typeof setTimeout> | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
  }

  /** `saidAt`, the server's timestamp, says which of two was sent later: they may arrive the other way round. */
  set(isTyping: boolean, saidAt = this.#saidAt): void {
    if (saidAt < this.#saidAt) return;
    this.#saidAt = saidAt;
    clearTimeout(this.#forgetting);
    if (isTyping) this.#forgetting = setTimeout(() => this.set(false), FORGET_MS);
    if (isTyping === this.isTyping) return;
    this.isTyping = isTyping;
    this.#changed();
  }
}
