import type { ChatLine, FinishReason } from "../client/chat/line.js";
import type { Chat } from "../client/sessions.js";

const SILENCE_MS = 15_000; // an answer of which nothing was heard for so long is asked about

/** What is said of an answer that ended with `error`. */
export const BROKE_OFF = "The answer broke off.";

/** What happens to one answer: `begun`, `text` in order and once, `ended`; or `failed` instead of what has not come yet. */
export interface AnswerObserver {
  begun(messageId: string): void;
  text(delta: string): void;
  /** `former`: the answers in whose place this one was given, oldest first. */
  ended(finishReason: FinishReason, timestamp: number, former?: readonly ChatLine[]): void;
  /** A ChatError; an `AbortError` where the message was stopped before it was sent, or the chat was closed. */
  failed(error: unknown): void;
}

export interface Following {
  readonly messageId: string;
  /** Whether the answer may be over already: it is asked about at once. */
  readonly isUnderWay: boolean;
  /** Called when the following has ended, in whichever way. */
  readonly over: () => void;
}

/**
 * Follows an answer from its first word, as the session has it: over new connections without a gap. Where nothing is heard of
 * it, it is asked for (`chat:resume`). The function that is returned ends the following, and tells the observer why if there
 * is a reason.
 */
export function follow(
  { session, connection }: Chat,
  agentId: string,
  { messageId, isUnderWay, over }: Following,
  observer: AnswerObserver,
): (reason?: unknown) => void {
  let said = "";
  let hasEnded = false;
  const silence = setInterval(() => {
    if (said === "") ask().catch(() => undefined); // asked again after the next silence
  }, SILENCE_MS);
  const ends = [
    () => clearInterval(silence),
    session.state.subscribe(look),
    session.events.on("chat:message:complete", (complete) => {
      if (complete.messageId === messageId)
        finish(complete.message, complete.finishReason, complete.timestamp);
    }),
    over,
  ];
  observer.begun(messageId);
  look();
  if (isUnderWay) ask().catch(fail);
  return (reason) => end(() => reason !== undefined && observer.failed(reason));

  function look(): void {
    const line = lineOf();
    const state = connection.state.get();
    if (line?.state === "done") finish(line.text, line.finishReason, line.timestamp);
    else if (line) grow(line.text);
    if (state.status === "refused") fail(state.error);
  }

  function lineOf(): ChatLine | undefined {
    return session.state.get().messages.findLast((each) => each.messageId === messageId);
  }

  async function ask(): Promise<void> {
    const { text, complete, finishReason } = await connection.ask("chat:resume", {
      agentId,
      messageId,
      index: 0,
    });
    if (complete) finish(text.trimEnd(), finishReason);
    else grow(text);
  }

  function grow(text: string): void {
    if (hasEnded || text.length <= said.length) return; // the end comes without trailing space
    const delta = text.slice(said.length);
    said = text;
    observer.text(delta);
  }

  function finish(text: string, finishReason: FinishReason = "stop", timestamp = Date.now()): void {
    grow(text);
    end(() => observer.ended(finishReason, timestamp, lineOf()?.former));
  }

  function fail(error: unknown): void {
    end(() => observer.failed(error));
  }

  function end(tell: () => void): void {
    if (hasEnded) return;
    hasEnded = true;
    ends.forEach((each) => each());
    tell();
  }
}
