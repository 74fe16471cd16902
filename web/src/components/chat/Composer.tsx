import {
  useEffect,
  useId,
  useLayoutEffect,
  useRef,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
} from "react";
import { codePoints } from "../../client/limits.js";
import { MESSAGE_CODE_POINTS_MAX } from "../../events.gen.js";
import { SendIcon, StopIcon } from "../parts/icons.js";

const COUNT_FROM = 7_500; // how many characters are used is shown from here on
const GROWS = typeof CSS !== "undefined" && CSS.supports("field-sizing", "content");

export interface ComposerProps {
  agentName: string;
  draft: string;
  isAnswering: boolean;
  isDisabled: boolean;
  /** Whether it is ready to be written in as soon as it is there. */
  autoFocus?: boolean | undefined;
  onDraft: (text: string) => void;
  onSend: (text: string) => void;
  onStop: () => void;
}

/** Where one writes. Enter sends, Shift+Enter begins a new line, Escape stops the answer. */
export function Composer({
  agentName,
  draft,
  isAnswering,
  isDisabled,
  autoFocus,
  onDraft,
  onSend,
  onStop,
}: ComposerProps): ReactNode {
  const field = useRef<HTMLTextAreaElement>(null);
  const hint = useId();
  const used = draft.length < COUNT_FROM ? draft.length : codePoints(draft);
  const isTooLong = used > MESSAGE_CODE_POINTS_MAX;
  const canSend = draft.trim() !== "" && !isTooLong && !isDisabled;
  useGrowth(field, draft);
  useEffect(() => {
    if (autoFocus) field.current?.focus();
  }, [autoFocus]);
  useEscape(isAnswering ? onStop : undefined);

  function send(): void {
    if (canSend) onSend(draft);
    field.current?.focus();
  }
  function press(event: KeyboardEvent): void {
    const isEnter = event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing; // a composing Enter chooses a word
    if (!isEnter) return;
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
          enterKeyHint="send"
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
          title="Send (Enter)"
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
          ? "Enter sends, Shift and Enter begin a new line."
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

/** Calls `act` on Escape, wherever the focus is. */
function useEscape(act: (() => void) | undefined): void {
  useEffect(() => {
    if (!act) return;
    const press = (event: globalThis.KeyboardEvent): void => {
      if (event.key === "Escape" && !event.isComposing && !event.defaultPrevented) act();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [act]);
}
