import type { ReactNode } from "react";
import { useAnnouncement, type UseAnnouncementOptions } from "../../hooks/useAnnouncement.js";
import { useChatWords } from "../../hooks/useWords.js";
import type { ChatWords } from "../../words/words.js";

/** Tells a listener of answers, in words, as they would be read from paper. */
export function Announcement({ agentName, chat }: Omit<UseAnnouncementOptions, "read">): ReactNode {
  const words = useChatWords();
  const said = useAnnouncement({ agentName, chat, read: (text) => inWords(text, words) });
  return (
    <p className="ssio-hidden" role="status" aria-live="polite">
      {said}
    </p>
  );
}

/** A text in words; where what does that cannot be loaded, as it was written. */
async function inWords(text: string, words: ChatWords): Promise<string> {
  try {
    const { spoken } = await import("../markdown/spoken.js");
    return spoken(text, words);
  } catch {
    return text;
  }
}
