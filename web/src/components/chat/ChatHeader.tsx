import type { ReactNode } from "react";
import type { Relation } from "../../client/chat/state.js";
import { useChatWords } from "../../hooks/useWords.js";
import { Avatar } from "../parts/Avatar.js";
import { Sentence } from "../parts/Sentence.js";
import { HeartIcon } from "../parts/icons.js";
import { ConnectionStatus, type ConnectionStatusProps } from "./ConnectionStatus.js";

export interface ChatHeaderProps extends ConnectionStatusProps {
  agentName: string;
  relation: Relation | null;
  isRelationOpen: boolean;
  onRelation: () => void;
  /** What stands before the name, e.g. the way back to a list of chats. */
  leading?: ReactNode;
}

/** With whom one talks, how the connection is, and the way to how the two stand. */
export function ChatHeader({
  agentName,
  relation,
  isRelationOpen,
  onRelation,
  leading,
  ...connection
}: ChatHeaderProps): ReactNode {
  const words = useChatWords();
  return (
    <header className="ssio-header">
      {leading && <div className="ssio-leading">{leading}</div>}
      <Avatar name={agentName} />
      <div className="ssio-who">
        <h2>
          <bdi>{agentName}</bdi>
        </h2>
        <ConnectionStatus {...connection} />
      </div>
      {relation && (
        <button
          type="button"
          className="ssio-button ssio-chip"
          aria-expanded={isRelationOpen}
          onClick={onRelation}
        >
          <HeartIcon />
          <bdi className="ssio-chip-text">{relation.relationState}</bdi> {relation.relationLevel}
          <span className="ssio-hidden">
            <Sentence of={words.ofHundred} name={<bdi>{agentName}</bdi>} />
          </span>
        </button>
      )}
    </header>
  );
}
