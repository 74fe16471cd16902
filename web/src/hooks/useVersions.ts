"use client";

import { useState } from "react";
import type { ChatLine } from "../client/chat/line.js";

/** An answer that was given again, and those before it. */
export interface UseVersions {
  /** The one to show: the newest, until another is chosen. */
  shown: ChatLine;
  /** Which it is, counted from 1, and of how many. */
  at: number;
  count: number;
  /** Leads to the answer before; undefined where there is none. */
  previous: (() => void) | undefined;
  /** Leads to the next answer, likewise. */
  next: (() => void) | undefined;
}

/** The answers to one message, of which one is shown. A line with a single answer has that alone. */
export function useVersions(line: ChatLine): UseVersions {
  const [chosen, choose] = useState<string>();
  const versions = [...(line.former ?? []), line];
  const shown = versions.find(({ key }) => key === chosen) ?? line;
  const at = versions.indexOf(shown);
  const to = (version: ChatLine | undefined): (() => void) | undefined =>
    version && (() => choose(version.key));
  return {
    shown,
    at: at + 1,
    count: versions.length,
    previous: to(versions[at - 1]),
    next: to(versions[at + 1]),
  };
}
