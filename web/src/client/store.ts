/** A value that others watch, in the form that React's `useSyncExternalStore` takes. Values are never changed in place. */
export class Store<Value> {
  #value: Value;
  readonly #watchers = new Set<() => void>();

  constructor(value: Value) {
    this.#value = value;
  }

  readonly get = (): Value => this.#value;

  readonly subscribe = (watcher: () => void): (() => void) => {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  };

  set(value: Value): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const watcher of [...this.#watchers]) watcher();
  }
}

/** Resolves to the value once it is as wished. Rejects with the signal's reason when that is aborted first. */
export function until<Value>(
  store: Store<Value>,
  wish: (value: Value) => boolean,
  signal: AbortSignal,
): Promise<Value> {
  return new Promise((resolve, reject) => {
    const end = store.subscribe(look);
    signal.addEventListener("abort", aborted, { once: true });
    if (signal.aborted) aborted();
    else look();

    function look(): void {
      if (!wish(store.get())) return;
      stop();
      resolve(store.get());
    }
    function aborted(): void {
      stop();
      reject(signal.reason as Error);
    }
    function stop(): void {
      end();
      signal.removeEventListener("abort", aborted);
    }
  });
}

/** Resolves after `ms` milliseconds. Rejects with the signal's reason when that is aborted first. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", aborted);
      resolve();
    }, ms);
    signal.addEventListener("abort", aborted, { once: true });
    if (signal.aborted) aborted();

    function aborted(): void {
      clearTimeout(timer);
      reject(signal.reason as Error);
    }
  });
}
