import type { ReactNode } from "react";
import { useLocale } from "../hooks/useWords.js";
import type { Frame } from "./recorder.js";
import { useTraffic } from "./useTraffic.js";
import { useToolWords } from "./words/useToolWords.js";

/** For the curious: what goes over the wire. */
export function Inspector({ apiKey }: { apiKey: string | undefined }): ReactNode {
  const words = useToolWords();
  const locale = useLocale();
  const { frames, sent, received, latencies, reconnects } = useTraffic(apiKey);
  const facts = [
    [words.sent, sent.toLocaleString(locale)],
    [words.received, received.toLocaleString(locale)],
    [
      words.ackMedian,
      latencies.length ? words.milliseconds(Math.round(median(latencies)).toLocaleString(locale)) : "–",
    ],
    [words.reconnects, reconnects.toLocaleString(locale)],
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
      <div className="ssio-frames" role="group" aria-label={words.frames} tabIndex={0}>
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
  const words = useToolWords();
  const locale = useLocale();
  return (
    <li data-direction={direction}>
      <span className="ssio-frame-head">
        {direction === "in" ? `↓ ${words.in}` : `↑ ${words.out}`} · {new Date(at).toLocaleTimeString(locale)}{" "}
        · {characters.toLocaleString(locale)}
      </span>
      <code dir="ltr">{text}</code>
    </li>
  );
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}
