const PATIENCE_MS = 6_000; // a cold function takes half of it
const PATIENCE_MS_MAX = 30_000;

/** What `Liveness` needs of its connection. */
export interface Suspect {
  /** Sends something that any server answers. */
  probe(): void;
  /** Gives the connection up. */
  end(): void;
}

/**
 * Whether a connection carries anything. A network that has gone does not say so: the socket stays open, and the server's next
 * ping may be minutes away.
 *
 * | state   | entered by                                       | left by                                               |
 * |---------|--------------------------------------------------|-------------------------------------------------------|
 * | idle    | no ack is awaited                                | `expect`, `check`                                     |
 * | waiting | an ack is awaited: `expect`, or `heard` meanwhile | the ack: idle; silence for the patience, `check`: doubted |
 * | doubted | a probe was sent                                 | `heard`: idle or waiting; silence for the patience: ended |
 * | ended   | `end` was called                                 | `reset`, by the end of the connection: idle           |
 *
 * A link that is only slow looks the same, so each end doubles the patience, until a connection has `settled`.
 */
export class Liveness {
  readonly #suspect: Suspect;
  readonly #awaited = new Set<object>();
  #patienceMs = PATIENCE_MS;
  #isDoubted = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(suspect: Suspect) {
    this.#suspect = suspect;
  }

  /** An ack is awaited; call what is returned when it has come. */
  expect(): () => void {
    const ack = {};
    this.#awaited.add(ack);
    this.#timer ??= this.#wait();
    return () => {
      this.#awaited.delete(ack);
      if (this.#awaited.size === 0 && !this.#isDoubted) this.#stop();
    };
  }

  /** Something came. */
  heard(): void {
    this.#stop();
    this.#isDoubted = false;
    if (this.#awaited.size > 0) this.#timer = this.#wait();
  }

  /** Doubts the connection now: it has to prove itself. */
  check(): void {
    if (this.#isDoubted) return;
    this.#stop();
    this.#isDoubted = true;
    this.#timer = setTimeout(() => this.#end(), this.#patienceMs);
    this.#suspect.probe();
  }

  /** The connection has lasted: the next one is doubted as soon as the first was. */
  settled(): void {
    this.#patienceMs = PATIENCE_MS;
  }

  /** The connection is gone, and what was awaited on it. */
  reset(): void {
    this.#stop();
    this.#awaited.clear();
    this.#isDoubted = false;
  }

  #end(): void {
    this.#patienceMs = Math.min(2 * this.#patienceMs, PATIENCE_MS_MAX);
    this.#suspect.end();
  }

  #wait(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.check(), this.#patienceMs);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
