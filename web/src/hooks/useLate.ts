"use client";

import { useEffect, useState } from "react";

/** Whether something has been so for a while, in milliseconds: what passes sooner is not worth a word. */
export function useLate(isSo: boolean, afterMs: number): boolean {
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(isSo), isSo ? afterMs : 0);
    return () => clearTimeout(timer);
  }, [isSo, afterMs]);
  return isSo && isLate;
}
