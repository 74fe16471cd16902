import type { ReactNode } from "react";
import { useChatWords } from "../../hooks/useWords.js";
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
  const words = useChatWords();
  if (isLoading && isEmpty) return <Skeleton />;
  return (
    <div className="ssio-opening" data-empty={isEmpty || undefined}>
      <Avatar name={agentName} />
      <h3 dir="auto">{agentName}</h3>
      <p dir="auto">{isEmpty ? words.sayHello : words.beginning}</p>
    </div>
  );
}

/** Shapes of messages while the first ones are on their way. */
function Skeleton(): ReactNode {
  const words = useChatWords();
  return (
    <div className="ssio-skeleton" role="img" aria-label={words.loading}>
      <span />
      <span />
      <span />
    </div>
  );
}
