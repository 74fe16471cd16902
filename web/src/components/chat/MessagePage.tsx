import { memo, type ReactNode } from "react";
import type { ChatLine } from "../../client/chat/line.js";
import type { Nearness } from "../../hooks/log/nearness.js";
import type { LinePage } from "../../hooks/log/pages.js";
import { useClock } from "../../hooks/useClock.js";
import { useLinePage } from "../../hooks/useMessageLog.js";
import type { LineActions } from "./LineNote.js";
import { MessageRow } from "./MessageRow.js";

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
  const { ref, gap } = useLinePage(page, nearness, isLast);
  if (gap !== null) return <div ref={ref} style={{ blockSize: gap }} />;
  return (
    <div ref={ref} className="ssio-page">
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
