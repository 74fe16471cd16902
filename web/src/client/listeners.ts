/** What is called with an event's body. */
export type Listener<Body> = (body: Body) => void;

/** What is called with every event and its body. */
export type AnyListener<Events extends object> = <E extends keyof Events>(event: E, body: Events[E]) => void;

/** Listeners by event. One that throws is reported as an uncaught error, and the others are still called. */
export class Listeners<Events extends object> {
  readonly #byEvent = new Map<keyof Events, Set<Listener<never>>>();
  readonly #ofAny = new Set<AnyListener<Events>>();

  /** Adds a listener; the function that is returned takes it away again. */
  on<E extends keyof Events>(event: E, listener: Listener<Events[E]>): () => void {
    const listeners = this.#byEvent.get(event) ?? new Set();
    this.#byEvent.set(event, listeners.add(listener));
    return () => this.off(event, listener);
  }

  /** Takes a listener away, or all of an event. */
  off<E extends keyof Events>(event: E, listener?: Listener<Events[E]>): void {
    const listeners = this.#byEvent.get(event);
    if (listener) listeners?.delete(listener);
    if (!listener || listeners?.size === 0) this.#byEvent.delete(event);
  }

  /** Adds a listener to every event; the function that is returned takes it away again. */
  onAny(listener: AnyListener<Events>): () => void {
    this.#ofAny.add(listener);
    return () => this.#ofAny.delete(listener);
  }

  /** Calls the listeners of an event, those it had when this began. */
  dispatch<E extends keyof Events>(event: E, body: Events[E]): void {
    const ofAny = [...this.#ofAny];
    const ofEvent = [...(this.#byEvent.get(event) ?? [])] as Listener<Events[E]>[];
    for (const listener of ofAny) guarded(() => listener(event, body));
    for (const listener of ofEvent) guarded(() => listener(body));
  }

  /** How many listeners there are. */
  get size(): number {
    return [...this.#byEvent.values()].reduce((sum, listeners) => sum + listeners.size, this.#ofAny.size);
  }
}

function guarded(call: () => void): void {
  try {
    call();
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
