import { useEffect, useRef, useState, type ReactNode } from "react";
import type { ChatLine } from "../../client/chat/line.js";

interface AnnouncementProps {
  agentName: string;
  lines: readonly ChatLine[];
  /** Whether the chat is entered: what was said before is not news. */
  isJoined: boolean;
  /** The answer that is being given, if there is one. */
  answering: string | null;
}

/**
 * Tells a listener that an answer is being written, once, and reads it out when it is whole: chunk by chunk would be a
 * stutter. In words, as it would be read from paper.
 */
export function Announcement({ agentName, lines, isJoined, answering }: AnnouncementProps): ReactNode {
  const last = lines.findLast(({ role, state }) => role === "agent" && state === "done");
  const known = useRef<string | null>(null); // null until the chat is entered
  const awaited = useRef<string | null>(null);
  const [said, setSaid] = useState("");
  useEffect(() => {
    if (answering === null || answering === awaited.current) return;
    awaited.current = answering;
    setSaid(`${agentName} is writing.`);
  }, [agentName, answering]);
  useEffect(() => {
    if (!isJoined) return;
    if (last && known.current !== null && known.current !== last.key) {
      void inWords(last.text).then((words) => setSaid(`${agentName}: ${words}`));
    }
    known.current = last?.key ?? "";
  }, [agentName, last, isJoined]);
  return (
    <p className="ssio-hidden" role="status" aria-live="polite">
      {said}
    </p>
  );
}

/** A text in words; where what does that cannot be loaded, as it was written. */
async function inWords(text: string): Promise<string> {
  try {
    const { spoken } = await import("../markdown/spoken.js");
    return spoken(text);
  } catch {
    return text;
  }
}
