import type { ReactNode } from "react";
import type { Frame } from "./recorder.js";
import { useTraffic } from "./useTraffic.js";

/** For the curious: what goes over the wire. */
export function Inspector({ apiKey }: { apiKey: string | undefined }): ReactNode {
  const { frames, sent, received, latencies, reconnects } = useTraffic(apiKey);
  const facts = [
    ["Sent", String(sent)],
    ["Received", String(received)],
    ["Ack, median", latencies.length ? `${Math.round(median(latencies))} ms` : "–"],
    ["Reconnects", String(reconnects)],
  ];
  return (
    <div className="ssio-inspector">
      <dl>
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <div className="ssio-frames" role="group" aria-label="Frames, newest first" tabIndex={0}>
        <ol>
          {frames.map((frame) => (
            <FrameLine key={frame.id} frame={frame} />
          ))}
        </ol>
      </div>
    </div>
  );
}

function FrameLine({ frame: { at, direction, text, characters } }: { frame: Frame }): ReactNode {
  return (
    <li data-direction={direction}>
      <span className="ssio-frame-head">
        {direction === "in" ? "↓ in" : "↑ out"} · {new Date(at).toLocaleTimeString()} ·{" "}
        {characters.toLocaleString()}
      </span>
      <code dir="ltr">{text}</code>
    </li>
  );
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
