const NEAR = "1200px 0px"; // more than a screen: what comes into view has been drawn before

type Listener = (isNear: boolean, height: number) => void;

/** Tells which parts of something that scrolls are near its view. One observer watches them all. */
export class Nearness {
  readonly #root: string;
  readonly #listeners = new Map<Element, Listener>();
  #observer: IntersectionObserver | undefined;

  /** @param root - a selector of what scrolls around the parts. */
  constructor(root: string) {
    this.#root = root;
  }

  /** Calls `listener` now and on each change, with the height that the part has; the function returned ends that. */
  watch(part: Element, listener: Listener): () => void {
    this.#observer ??= new IntersectionObserver((entries) => this.#tell(entries), {
      root: part.closest(this.#root),
      rootMargin: NEAR,
    });
    this.#listeners.set(part, listener);
    this.#observer.observe(part);
    return () => {
      this.#listeners.delete(part);
      this.#observer?.unobserve(part);
    };
  }

  /** Counts every part as near, e.g. while the page is printed; `again` ends that. */
  all(): void {
    this.#listeners.forEach((listener) => listener(true, 0));
  }

  /** Looks anew at what is near. */
  again(): void {
    for (const part of this.#listeners.keys()) {
      this.#observer?.unobserve(part);
      this.#observer?.observe(part);
    }
  }

  /** Watches nothing any more, until the next `watch`. */
  end(): void {
    this.#observer?.disconnect();
    this.#observer = undefined;
  }

  #tell(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting, boundingClientRect } of entries) {
      this.#listeners.get(target)?.(isIntersecting, boundingClientRect.height);
    }
  }
}
