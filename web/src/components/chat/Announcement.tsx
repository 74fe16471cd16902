import { useEffect, useRef, useState, type ReactNode } from "react";
import type { ChatLine } from "../../client/chat/line.js";

interface AnnouncementProps {
  agentName: string;
  lines: readonly ChatLine[];
  /** Whether the chat is entered: what was said before is no news. */
  isJoined: boolean;
}

/** Reads out an answer to whoever listens, once and when it is whole: chunk by chunk would be a stutter. */
export function Announcement({ agentName, lines, isJoined }: AnnouncementProps): ReactNode {
  const last = lines.findLast(({ role, state }) => role === "agent" && state === "done");
  const known = useRef<string | null>(null); // null until the chat is entered
  const [spoken, setSpoken] = useState("");
  useEffect(() => {
    if (!isJoined) return;
    if (last && known.current !== null && known.current !== last.key) setSpoken(`${agentName}: ${last.text}`);
    known.current = last?.key ?? "";
  }, [agentName, last, isJoined]);
  return (
    <p className="ssio-hidden" role="status" aria-live="polite">
      {spoken}
    </p>
  );
}
