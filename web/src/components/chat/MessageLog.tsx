import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from "react";
import { flushSync } from "react-dom";
import type { ChatLine } from "../../client/chat/line.js";
import { DownIcon } from "../parts/icons.js";
import type { LineActions } from "./LineNote.js";
import { MessagePage } from "./MessagePage.js";
import { Nearness } from "./nearness.js";
import { Paginator } from "./pages.js";

const AT_END_PX = 40; // so close to the end counts as there

export interface MessageLogProps extends LineActions {
  agentName: string;
  lines: readonly ChatLine[];
  /** The key of the answer that can be given again. */
  regenerable: string | undefined;
  /** Whether there are messages before the first one. */
  hasEarlier: boolean;
  isLoadingEarlier: boolean;
  onLoadEarlier: () => void;
  /** What stands before the first message of all. */
  opening: ReactNode;
  /** What stands after the last message. */
  children: ReactNode;
}

/**
 * The messages, of which only those near the view are elements of the page. The log is scrolled from its end (its styles
 * turn it round): at the end it stays there by itself however the text grows, and what comes in above moves nothing.
 */
export function MessageLog(props: MessageLogProps): ReactNode {
  const { lines, hasEarlier, isLoadingEarlier, onLoadEarlier, opening, children, ...row } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const [paginator] = useState(() => new Paginator());
  const [nearness] = useState(() => new Nearness(".ssio-log"));
  const [isAtEnd, setAtEnd] = useState(true);
  const pages = paginator.pages(lines);
  const own = lines.findLast(({ role }) => role === "user")?.key;

  useEffect(() => () => nearness.end(), [nearness]);
  usePrinting(nearness);
  useEffect(() => scrollTo(scroller.current, "end"), [own]); // a user who sends a message wants to see it

  return (
    <div className="ssio-log-frame">
      <div
        ref={scroller}
        className="ssio-log"
        role="log"
        aria-live="off"
        aria-label={`Chat with ${row.agentName}`}
        tabIndex={0}
        onKeyDown={jump}
        onScroll={({ currentTarget }) => setAtEnd(Math.abs(currentTarget.scrollTop) < AT_END_PX)}
      >
        <div className="ssio-lines">
          {hasEarlier ? (
            <Earlier
              key={lines[0]?.key}
              nearness={nearness}
              isLoading={isLoadingEarlier}
              onLoad={onLoadEarlier}
            />
          ) : (
            opening
          )}
          {pages.map((page, at) => (
            <MessagePage
              key={page.id}
              page={page}
              nearness={nearness}
              isLast={at === pages.length - 1}
              {...row}
            />
          ))}
          {children}
        </div>
      </div>
      {!isAtEnd && (
        <button
          type="button"
          className="ssio-button ssio-to-end"
          aria-label="To the newest message"
          onClick={() => scrollTo(scroller.current, "end")}
        >
          <DownIcon />
        </button>
      )}
    </div>
  );
}

/** Draws everything before the page is printed, which does not wait, and leaves out again what is far after that. */
function usePrinting(nearness: Nearness): void {
  useEffect(() => {
    const before = (): void => flushSync(() => nearness.all());
    const after = (): void => nearness.again();
    addEventListener("beforeprint", before);
    addEventListener("afterprint", after);
    return () => {
      removeEventListener("beforeprint", before);
      removeEventListener("afterprint", after);
    };
  }, [nearness]);
}

/** At once: on a long way heights become known that were guessed before, which ends a smooth scroll where it is. */
function scrollTo(log: HTMLDivElement | null, place: "start" | "end"): void {
  log?.scrollTo({ top: place === "end" ? 0 : -log.scrollHeight, behavior: "instant" });
}

function jump(event: KeyboardEvent<HTMLDivElement>): void {
  const place = { Home: "start", End: "end" }[event.key] as "start" | "end" | undefined;
  if (!place || event.target !== event.currentTarget) return;
  event.preventDefault();
  scrollTo(event.currentTarget, place);
}

/** Asks for earlier messages when the view comes near to where they would be. */
function Earlier({
  nearness,
  isLoading,
  onLoad,
}: {
  nearness: Nearness;
  isLoading: boolean;
  onLoad: () => void;
}): ReactNode {
  const place = useRef<HTMLDivElement>(null);
  const load = useRef(onLoad);
  useEffect(() => {
    load.current = onLoad;
  });
  useEffect(
    () => (place.current ? nearness.watch(place.current, (isNear) => isNear && load.current()) : undefined),
    [nearness],
  );
  return (
    <div ref={place} className="ssio-earlier">
      <button type="button" className="ssio-button ssio-button-quiet" disabled={isLoading} onClick={onLoad}>
        {isLoading ? "Loading earlier messages…" : "Earlier messages"}
      </button>
    </div>
  );
}
