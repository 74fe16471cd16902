"use client";

import { useCallback, useState } from "react";
import { ChatError } from "../client/errors.js";

/** The last refusal of something that was tried, until the next try; and a function that tries. Other errors are thrown. */
export function useAttempt(): [ChatError | null, (act: () => void | Promise<void>) => Promise<void>] {
  const [problem, setProblem] = useState<ChatError | null>(null);
  const attempt = useCallback(async (act: () => void | Promise<void>) => {
    try {
      setProblem(null);
      await act();
    } catch (error) {
      if (!(error instanceof ChatError)) throw error;
      setProblem(error);
    }
  }, []);
  return [problem, attempt];
}
