const LAG_MS_MIN = 120; // two frames of the shortest window: less would show its rhythm
const LAG_MS_MAX = 1_500; // more would be noticed as a delay
const LAST_MS = 300; // what is left when the whole is there
const SMOOTHING = 0.3; // weight of the newest interval in the mean

/**
 * Text that comes in bursts, given out at an even pace: each burst is spread over about the time until the next. All
 * times are milliseconds on one clock; lengths are UTF-16 code units.
 */
export class Playout {
  #known: number;
  #shown: number; // fractional: a slow pace gives out less than a unit a frame
  #perMs = 0;
  #intervalMs = LAG_MS_MIN;
  #arrivedAt: number | undefined;
  #at = 0;

  /** What is there at the beginning is shown at once. */
  constructor(length: number) {
    this.#known = length;
    this.#shown = length;
  }

  /** There is more: `length` in all. */
  grow(length: number, now: number): void {
    this.advance(now);
    if (this.#arrivedAt !== undefined) {
      const interval = Math.min(now - this.#arrivedAt, LAG_MS_MAX);
      this.#intervalMs += SMOOTHING * (interval - this.#intervalMs);
    }
    this.#arrivedAt = now;
    this.#known = length;
    this.#perMs = this.#left / Math.min(Math.max(1.5 * this.#intervalMs, LAG_MS_MIN), LAG_MS_MAX);
  }

  /** There will be no more: the rest comes soon. */
  finish(): void {
    this.#perMs = Math.max(this.#perMs, this.#left / LAST_MS);
  }

  /** How much is to be seen now. */
  advance(now: number): number {
    this.#shown = Math.min(this.#known, this.#shown + this.#perMs * Math.max(now - this.#at, 0));
    this.#at = Math.max(this.#at, now); // a frame's time lies a little before its callbacks
    return Math.floor(this.#shown);
  }

  get #left(): number {
    return this.#known - this.#shown;
  }
}

/** The beginning of a text, cut where no character is cut in two. */
export function beginning(text: string, length: number): string {
  const isInside = isHighSurrogate(text, length - 1) && length < text.length;
  return text.slice(0, isInside ? length - 1 : length);
}

function isHighSurrogate(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return unit >= 0xd800 && unit <= 0xdbff;
}
