import type { ReactNode } from "react";
import { useConnectionStatus, type UseConnectionStatusOptions } from "../../hooks/useConnectionStatus.js";
import { useChatWords } from "../../hooks/useWords.js";

export interface ConnectionStatusProps extends UseConnectionStatusOptions {
  onReconnect: () => void;
}

/** How the connection is, in a quiet place. */
export function ConnectionStatus({ onReconnect, ...given }: ConnectionStatusProps): ReactNode {
  const words = useChatWords();
  const { status, text, canRetry, isBusy } = useConnectionStatus(given);
  return (
    <p className="ssio-connection" data-status={status} data-busy={isBusy || undefined}>
      <span className="ssio-dot" />
      <span role="status" dir="auto" className={isBusy ? "ssio-hidden" : undefined}>
        {text}
      </span>
      {isBusy && <span aria-hidden="true">{words.writing}</span>}
      {canRetry && (
        <button type="button" className="ssio-link" onClick={onReconnect}>
          {words.tryNow}
        </button>
      )}
    </p>
  );
}
