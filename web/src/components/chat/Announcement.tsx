import { useEffect, useRef, useState, type ReactNode } from "react";
import type { ChatLine } from "../../client/chat/line.js";

/** Reads out an answer to whoever listens, once and when it is whole: chunk by chunk would be a stutter. */
export function Announcement({ agentName, lines }: { agentName: string; lines: readonly ChatLine[] }): ReactNode {
  const last = lines.findLast(({ role }) => role === "agent");
  const streaming = useRef<string>(undefined);
  const [spoken, setSpoken] = useState("");
  useEffect(() => {
    if (last?.state === "done" && streaming.current === last.key) setSpoken(`${agentName}: ${last.text}`);
    streaming.current = last?.state === "streaming" ? last.key : undefined;
  }, [agentName, last]);
  return <p className="chat-hidden" role="status" aria-live="polite">{spoken}</p>;
}
