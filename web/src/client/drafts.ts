const held = new Set<object>();

/** Somebody has begun to write on this page; the function that is returned ends that. */
export function holdDraft(): () => void {
  const draft = {};
  held.add(draft);
  return () => held.delete(draft);
}

/** Whether this page holds something that was written and not sent: it is not to be led elsewhere then. */
export function hasDraft(): boolean {
  return held.size > 0;
}
