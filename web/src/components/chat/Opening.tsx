import type { ReactNode } from "react";
import { Avatar } from "../parts/Avatar.js";

/** What stands where a chat begins: all there is to see before the first message. */
export function Opening({
  agentName,
  isEmpty,
  isLoading,
}: {
  agentName: string;
  isEmpty: boolean;
  isLoading: boolean;
}): ReactNode {
  if (isLoading && isEmpty) return <Skeleton />;
  return (
    <div className="ssio-opening" data-empty={isEmpty || undefined}>
      <Avatar name={agentName} />
      <h3 dir="auto">{agentName}</h3>
      <p dir="auto">
        {isEmpty ? "Say hello. Answers appear as they are being written." : "This is where your chat begins."}
      </p>
    </div>
  );
}

/** Shapes of messages while the first ones are on their way. */
function Skeleton(): ReactNode {
  return (
    <div className="ssio-skeleton" role="img" aria-label="Loading messages">
      <span />
      <span />
      <span />
    </div>
  );
}
