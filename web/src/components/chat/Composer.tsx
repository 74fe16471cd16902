import { useId, type ReactNode } from "react";
import { useComposer, type UseComposerOptions } from "../../hooks/useComposer.js";
import { useChatWords } from "../../hooks/useWords.js";
import { SendIcon, StopIcon } from "../parts/icons.js";

export interface ComposerProps extends UseComposerOptions {
  agentName: string;
  isAnswering: boolean;
  onStop: () => void;
}

/** Where one writes, with the ways to send and to stop. */
export function Composer({ agentName, isAnswering, onStop, ...given }: ComposerProps): ReactNode {
  const words = useChatWords();
  const id = useId();
  const { canSend, isTooLong, isNearEnd, isTouch, hint, form, field } = useComposer(given);
  return (
    <form className="ssio-composer" {...form}>
      <div className="ssio-field" data-bad={isTooLong || undefined}>
        <textarea
          aria-describedby={id}
          aria-label={words.messageTo(agentName)}
          placeholder={words.placeholder(agentName)}
          {...field}
        />
        {isAnswering && (
          <button
            type="button"
            className="ssio-button ssio-stop"
            aria-label={words.stop}
            title={words.stopByKey}
            onClick={onStop}
          >
            <StopIcon />
          </button>
        )}
        <button
          type="submit"
          className="ssio-button ssio-send"
          aria-label={words.send}
          title={isTouch ? words.send : words.sendByKey}
          disabled={!canSend}
        >
          <SendIcon />
        </button>
      </div>
      <p id={id} className={isNearEnd ? "ssio-count" : "ssio-hidden"} data-bad={isTooLong || undefined}>
        {hint}
      </p>
    </form>
  );
}
