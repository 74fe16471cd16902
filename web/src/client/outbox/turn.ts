/** Does `work` while this page alone may, until it ends or the signal is aborted. */
export type Turn = (name: string, signal: AbortSignal, work: () => Promise<void>) => Promise<void>;

/**
 * One page at a time, by the browser's locks; a page that goes loses its turn. Where there are none every
 * page works at once, which is slower but as right: a message has one id, and under it is taken once.
 */
export const oneAtATime: Turn = async (name, signal, work) => {
  const locks = typeof navigator === "undefined" ? undefined : (navigator.locks as LockManager | undefined);
  if (!locks) return work(); // old, or no secure context
  await locks.request(`serverless-socketio:${name}`, { signal }, work);
};
