"use client";

import { useState } from "react";
import type { PushPreferences, QuietHours } from "../events.gen.js";

const NIGHT: QuietHours = { start: "22:00", end: "07:00" };

/** Hours of rest that are being set, by the clock of a time zone. */
export interface UseQuietHours {
  /** What fields show: it may be unfinished. Null: there are none. */
  hours: QuietHours | null;
  /** Whether they begin when they end: such are not kept. */
  isEmpty: boolean;
  timeZone: string;
  /** The names of time zones, with the one that is set even if the browser does not know it. */
  timeZones: readonly string[];
  /** Begins with a night by the browser's clock, or has none any more. */
  turn: (isOn: boolean) => void;
  /** Keeps what makes hours, and else what is written until it does. */
  set: (changes: Partial<QuietHours>) => void;
  /** Keeps the time zone that the hours are in, an IANA name. */
  setTimeZone: (timeZone: string) => void;
}

/** Fields for hours of rest. `onChange` is given what is to be kept, as `usePushSettings` takes it. */
export function useQuietHours(
  { quietHours, timeZone }: Pick<PushPreferences, "quietHours" | "timeZone">,
  onChange: (changes: Partial<PushPreferences>) => void,
): UseQuietHours {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const [unfinished, setUnfinished] = useState<QuietHours | null>(null);
  const hours = quietHours && (unfinished ?? quietHours);
  return {
    hours,
    isEmpty: hours !== null && hours.start === hours.end,
    timeZone,
    timeZones: zones(timeZone, here),
    turn: (isOn) => {
      setUnfinished(null);
      onChange(isOn ? { quietHours: NIGHT, timeZone: here } : { quietHours: null });
    },
    set: (changes) => {
      const next = { ...(hours ?? NIGHT), ...changes };
      const isWhole = next.start !== "" && next.end !== "" && next.start !== next.end;
      setUnfinished(isWhole ? null : next);
      if (isWhole) onChange({ quietHours: next });
    },
    setTimeZone: (next) => onChange({ timeZone: next }),
  };
}

function zones(set: string, here: string): string[] {
  const known = "supportedValuesOf" in Intl ? Intl.supportedValuesOf("timeZone") : [];
  return [...new Set([...known, here, set, "UTC"])].sort();
}
