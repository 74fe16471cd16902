import { memo, useEffect, useRef, useState, type ReactNode } from "react";
import type { ChatLine } from "../../client/chat/line.js";
import { useClock } from "./clock.js";
import type { LineActions } from "./LineNote.js";
import { MessageRow } from "./MessageRow.js";
import type { Nearness } from "./nearness.js";
import type { LinePage } from "./pages.js";

const LINE_PX = 72; // about what a short message takes
const CHARACTER_PX = 0.4; // and each character of a longer one

interface MessagePageProps extends LineActions {
  page: LinePage;
  agentName: string;
  nearness: Nearness;
  /** The key of the answer that can be given again. */
  regenerable: string | undefined;
  /** The last page is always there: it is where things happen. */
  isLast: boolean;
}

/** A page of messages while it is near the view, else a gap of the same height. */
export const MessagePage = memo(function MessagePage({
  page,
  nearness,
  isLast,
  ...row
}: MessagePageProps): ReactNode {
  const part = useRef<HTMLDivElement>(null);
  const [gap, setGap] = useState<number | null>(isLast ? null : heightOf(page.lines));

  useEffect(() => {
    if (!part.current) return undefined;
    return nearness.watch(part.current, (isNear, height) =>
      setGap((before) => (isNear ? null : (before ?? height))),
    );
  }, [nearness]);

  if (gap !== null && !isLast) return <div ref={part} style={{ blockSize: gap }} />;
  return (
    <div ref={part} className="ssio-page">
      {page.lines.map((line, at) => (
        <Line key={line.key} line={line} before={page.lines[at - 1] ?? page.before} {...row} />
      ))}
    </div>
  );
});

interface LineProps extends LineActions {
  line: ChatLine;
  before: ChatLine | undefined;
  agentName: string;
  regenerable: string | undefined;
}

/** A message, below its day if that begins with it. */
function Line({ line, before, regenerable, ...row }: LineProps): ReactNode {
  const { dayOf, isSameDay } = useClock();
  const isNewDay = !before || !isSameDay(before.timestamp, line.timestamp);
  return (
    <>
      {isNewDay && <h3 className="ssio-day">{dayOf(line.timestamp)}</h3>}
      <MessageRow
        line={line}
        isContinued={!isNewDay && before.role === line.role}
        isRegenerable={line.key === regenerable}
        {...row}
      />
    </>
  );
}

/** About how high lines will be that were not drawn yet, in pixels. */
function heightOf(lines: readonly ChatLine[]): number {
  return lines.reduce((height, { text }) => height + LINE_PX + text.length * CHARACTER_PX, 0);
}
