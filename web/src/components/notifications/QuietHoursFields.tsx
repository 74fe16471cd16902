import type { ReactNode } from "react";
import type { PushPreferences } from "../../events.gen.js";
import { useQuietHours } from "../../hooks/useQuietHours.js";
import { useNotificationWords } from "./useNotificationWords.js";

interface QuietHoursFieldsProps {
  settings: PushPreferences;
  onChange: (changes: Partial<PushPreferences>) => void;
}

/** Hours of rest, by the clock of a time zone: at first that of the browser. */
export function QuietHoursFields({ settings, onChange }: QuietHoursFieldsProps): ReactNode {
  const words = useNotificationWords();
  const { hours, isEmpty, timeZone, timeZones, turn, set, setTimeZone } = useQuietHours(settings, onChange);
  return (
    <fieldset>
      <legend>{words.quietHours}</legend>
      <label className="ssio-check">
        <input type="checkbox" checked={hours !== null} onChange={({ target }) => turn(target.checked)} />
        <span>{words.quietHoursMeans}</span>
      </label>
      {hours && (
        <>
          <div className="ssio-hours">
            <Time label={words.from} value={hours.start} onChange={(start) => set({ start })} />
            <Time label={words.to} value={hours.end} onChange={(end) => set({ end })} />
            {isEmpty && (
              <p className="ssio-fine" role="alert">
                {words.differentTimes}
              </p>
            )}
          </div>
          <label className="ssio-stacked">
            {words.timeZone}
            <select value={timeZone} onChange={({ target }) => setTimeZone(target.value)}>
              {timeZones.map((zone) => (
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

interface TimeProps {
  label: string;
  value: string;
  onChange: (time: string) => void;
}

function Time({ label, value, onChange }: TimeProps): ReactNode {
  return (
    <label>
      {label}
      <input type="time" value={value} required onChange={({ target }) => onChange(target.value)} />
    </label>
  );
}
