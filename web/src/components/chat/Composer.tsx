import { useId, useLayoutEffect, useRef, type KeyboardEvent, type ReactNode, type RefObject } from "react";
import { codePoints } from "../../client/limits.js";
import { MESSAGE_CODE_POINTS_MAX } from "../../events.gen.js";
import { useMedia } from "../../hooks/useMedia.js";
import { SendIcon, StopIcon } from "../parts/icons.js";
import { isComposing } from "./keys.js";

const COUNT_FROM = 7_500; // how many characters are used is shown from here on
const GROWS = typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");

export interface ComposerProps {
  agentName: string;
  draft: string;
  isAnswering: boolean;
  isDisabled: boolean;
  onDraft: (text: string) => void;
  onSend: (text: string) => void;
  onStop: () => void;
}

/**
 * Where one writes. Enter sends, Shift+Enter begins a new line; on a phone, whose keyboard has no Shift+Enter, Enter begins
 * one too, and the button sends. Ctrl+Enter (⌘) sends everywhere.
 */
export function Composer({
  agentName,
  draft,
  isAnswering,
  isDisabled,
  onDraft,
  onSend,
  onStop,
}: ComposerProps): ReactNode {
  const field = useRef<HTMLTextAreaElement>(null);
  const hint = useId();
  const isTouch = useMedia("(pointer: coarse)");
  const used = draft.length < COUNT_FROM ? draft.length : codePoints(draft);
  const isTooLong = used > MESSAGE_CODE_POINTS_MAX;
  const canSend = draft.trim() !== "" && !isTooLong && !isDisabled;
  useGrowth(field, draft);

  function send(): void {
    if (canSend) onSend(draft);
    field.current?.focus();
  }
  function press(event: KeyboardEvent): void {
    if (event.key !== "Enter" || isComposing(event.nativeEvent)) return;
    const isWish = event.ctrlKey || event.metaKey;
    if (!isWish && (event.shiftKey || isTouch)) return; // begins a new line
    event.preventDefault();
    send();
  }

  return (
    <form
      className="ssio-composer"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="ssio-field" data-bad={isTooLong || undefined}>
        <textarea
          ref={field}
          rows={1}
          dir="auto"
          value={draft}
          disabled={isDisabled}
          enterKeyHint={isTouch ? "enter" : "send"}
          aria-describedby={hint}
          aria-label={`Message to ${agentName}`}
          placeholder={`Message ${agentName}`}
          aria-invalid={isTooLong || undefined}
          onChange={(event) => onDraft(event.target.value)}
          onKeyDown={press}
        />
        {isAnswering && (
          <button
            type="button"
            className="ssio-button ssio-stop"
            aria-label="Stop the answer"
            title="Stop the answer (Esc)"
            onClick={onStop}
          >
            <StopIcon />
          </button>
        )}
        <button
          type="submit"
          className="ssio-button ssio-send"
          aria-label="Send"
          title={isTouch ? "Send" : "Send (Enter)"}
          disabled={!canSend}
        >
          <SendIcon />
        </button>
      </div>
      <p
        id={hint}
        className={used < COUNT_FROM ? "ssio-hidden" : "ssio-count"}
        data-bad={isTooLong || undefined}
      >
        {used < COUNT_FROM
          ? isTouch
            ? "Enter begins a new line."
            : "Enter sends, Shift and Enter begin a new line."
          : `${used.toLocaleString()} of ${MESSAGE_CODE_POINTS_MAX.toLocaleString()} characters`}
      </p>
    </form>
  );
}

/** Lets the field grow with its text where styles alone cannot (`field-sizing`). */
function useGrowth(field: RefObject<HTMLTextAreaElement | null>, text: string): void {
  useLayoutEffect(() => {
    if (!GROWS && field.current) fit(field.current);
  }, [field, text]);
}

function fit(area: HTMLTextAreaElement): void {
  area.style.blockSize = "auto";
  area.style.blockSize = `${area.scrollHeight}px`;
}
