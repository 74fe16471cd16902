const WAIT_MS = 60_000; // longer than any page needs for one message: a page that holds the lock then has stopped working

/** Does `work` while this page alone may, until it ends or the signal is aborted. */
export type Turn = (name: string, signal: AbortSignal, work: () => Promise<void>) => Promise<void>;

/**
 * One page at a time, by the browser's locks; a page that goes loses its turn. Where there is no lock to be had every
 * page works at once, which is slower but as right: a message has one id, and under it is taken once.
 */
export const oneAtATime: Turn = async (name, signal, work) => {
  let working: Promise<void> | undefined;
  const begin = (): Promise<void> => (working ??= work());
  await lock(`serverless-socketio:${name}`, signal, begin).catch(() => undefined); // what failed is the work, or the lock
  if (!working) signal.throwIfAborted();
  return begin();
};

/** Calls `work` under a lock. Rejects where that cannot be had: refused, taken away, or waited for in vain. */
async function lock(name: string, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
  const waiting = new AbortController();
  const stop = (): void => waiting.abort();
  const timer = setTimeout(stop, WAIT_MS);
  signal.addEventListener("abort", stop);
  try {
    if (signal.aborted) return;
    // Not there: an old browser, or no secure context.
    const locks = navigator.locks as LockManager | undefined;
    await locks?.request(name, { signal: waiting.signal }, () => {
      clearTimeout(timer);
      return work();
    });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", stop);
  }
}
