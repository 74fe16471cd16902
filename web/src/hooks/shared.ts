import { useCallback, useEffect, useRef, useState, useSyncExternalStore, type RefObject } from "react";
import { Listeners, type Listener } from "../client/listeners.js";
import type { Lease } from "../client/pool.js";
import type { Store } from "../client/store.js";
import type { ServerEvents } from "../events.gen.js";

/** A ref to what was given in the newest render that is on the screen: callbacks may be new functions on each render. */
export function useLatest<Value>(value: Value): RefObject<Value> {
  const latest = useRef(value);
  useEffect(() => {
    latest.current = value;
  });
  return latest;
}

/** Holds a shared item while mounted; null until it is there, and while there is no key. */
export function useShared<Item>(
  key: string | null,
  take: () => Lease<Item>,
  peek: (key: string) => Item | undefined,
): Item | null {
  const latest = useLatest(take);
  const hold = useCallback(() => (key === null ? nothing : latest.current().release), [key, latest]);
  return useSyncExternalStore(
    hold,
    () => (key === null ? null : (peek(key) ?? null)),
    () => null,
  );
}

/** The value of a store, and `otherwise` while there is none. */
export function useStore<Value>(store: Store<Value> | undefined, otherwise: Value): Value {
  return useSyncExternalStore(store?.subscribe ?? never, store?.get ?? (() => otherwise), () => otherwise);
}

interface Source {
  onAny(listener: <E extends keyof ServerEvents>(event: E, body: ServerEvents[E]) => void): () => void;
}

/** `on` and `off` that never change: listeners outlive the source, and end with the component. */
export function useListeners(source: Source | undefined): {
  on: <E extends keyof ServerEvents>(event: E, listener: Listener<ServerEvents[E]>) => () => void;
  off: <E extends keyof ServerEvents>(event: E, listener?: Listener<ServerEvents[E]>) => void;
  dispatch: <E extends keyof ServerEvents>(event: E, body: ServerEvents[E]) => void;
} {
  const [own] = useState(() => new Listeners<ServerEvents>());
  useEffect(() => source?.onAny((event, body) => own.dispatch(event, body)), [source, own]);
  return {
    on: useCallback((event, listener) => own.on(event, listener), [own]),
    off: useCallback((event, listener) => own.off(event, listener), [own]),
    dispatch: useCallback((event, body) => own.dispatch(event, body), [own]),
  };
}

function nothing(): void {}

function never(): () => void {
  return nothing;
}
