import { useState, type ReactNode } from "react";
import type { PushPreferences, QuietHours } from "../../events.gen.js";

const NIGHT: QuietHours = { start: "22:00", end: "07:00" };

interface QuietHoursFieldsProps {
  settings: PushPreferences;
  onChange: (changes: Partial<PushPreferences>) => void;
}

/** Hours of rest, by the clock of a time zone: at first that of the browser. */
export function QuietHoursFields({
  settings: { quietHours, timeZone },
  onChange,
}: QuietHoursFieldsProps): ReactNode {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <fieldset>
      <legend>Quiet hours</legend>
      <label className="ssio-check">
        <input
          type="checkbox"
          checked={quietHours !== null}
          onChange={({ target }) =>
            onChange(target.checked ? { quietHours: NIGHT, timeZone: here } : { quietHours: null })
          }
        />
        <span>No notifications at certain hours</span>
      </label>
      {quietHours && (
        <>
          <Hours hours={quietHours} onChange={(next) => onChange({ quietHours: next })} />
          <label className="ssio-stacked">
            Time zone
            <select value={timeZone} onChange={({ target }) => onChange({ timeZone: target.value })}>
              {zones(timeZone, here).map((zone) => (
                <option key={zone} value={zone}>
                  {zone.replaceAll("_", " ")}
                </option>
              ))}
            </select>
          </label>
        </>
      )}
    </fieldset>
  );
}

function Hours({ hours, onChange }: { hours: QuietHours; onChange: (hours: QuietHours) => void }): ReactNode {
  const [unfinished, setUnfinished] = useState<QuietHours | null>(null);
  const draft = unfinished ?? hours;

  function set(changes: Partial<QuietHours>): void {
    const next = { ...draft, ...changes };
    const isWhole = next.start !== "" && next.end !== "" && next.start !== next.end;
    setUnfinished(isWhole ? null : next);
    if (isWhole) onChange(next);
  }

  return (
    <div className="ssio-hours">
      <label>
        From
        <input
          type="time"
          value={draft.start}
          required
          onChange={({ target }) => set({ start: target.value })}
        />
      </label>
      <label>
        To
        <input type="time" value={draft.end} required onChange={({ target }) => set({ end: target.value })} />
      </label>
      {draft.start === draft.end && (
        <p className="ssio-fine" role="alert">
          Choose two different times.
        </p>
      )}
    </div>
  );
}

/** The names of time zones, with the one that is set even if the browser does not know it. */
function zones(set: string, here: string): string[] {
  const known = "supportedValuesOf" in Intl ? Intl.supportedValuesOf("timeZone") : [];
  return [...new Set([...known, here, set, "UTC"])].sort();
}
