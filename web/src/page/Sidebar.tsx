import type { ReactNode } from "react";
import { BellIcon, KeyIcon, PersonIcon, PulseIcon, WindowIcon } from "../components/parts/icons.js";
import { Sentence } from "../components/parts/Sentence.js";
import { usePresence } from "../hooks/usePresence.js";
import { Choices, Legend } from "./Choices.js";
import type { Agent } from "./useAgents.js";
import type { Person } from "./people.js";
import { addressOf } from "./place.js";
import { useFrameWords } from "./words/useFrameWords.js";

export type Tool = "notifications" | "inspector" | "key";

interface SidebarProps {
  agents: readonly Agent[];
  agentId: string;
  people: readonly Person[];
  person: Person;
  onAgent: (agentId: string) => void;
  onPerson: (userId: string) => void;
  onForget: () => void;
  onSignIn: (() => void) | undefined;
  onTool: (tool: Tool) => void;
}

/** With whom to talk and as whom, and what else there is. */
export function Sidebar({
  agents,
  agentId,
  people,
  person,
  onAgent,
  onPerson,
  onForget,
  onSignIn,
  onTool,
}: SidebarProps): ReactNode {
  const words = useFrameWords();
  const { presence, getUserStatus } = usePresence({ userId: person.userId, token: person.apiKey });
  const faces = people.map(({ userId, plan }) => {
    const status = getUserStatus(userId);
    return { id: userId, name: userId, note: plan, status: presence[userId] && status };
  });
  return (
    <div className="ssio-sidebar">
      <div className="ssio-sidebar-choices">
        <Choices
          title={words.agents}
          chosen={agentId}
          onChoose={onAgent}
          choices={agents.map(({ agentId: id, name, status }) => ({
            id,
            name,
            status,
            note: status === "unavailable" ? words.resting : undefined,
          }))}
        />
        <Choices title={words.youAre} chosen={person.userId} onChoose={onPerson} choices={faces}>
          <Legend statuses={["online", "away", "offline"]} />
          {person.isSignedIn && (
            <button type="button" className="ssio-link ssio-forget" onClick={onForget}>
              <Sentence of={words.signOut} name={<bdi>{person.userId}</bdi>} />
            </button>
          )}
          {person.isOwn && (
            <button type="button" className="ssio-link ssio-forget" onClick={onForget}>
              <Sentence of={words.forgetKey} name={<bdi>{person.userId}</bdi>} />
            </button>
          )}
        </Choices>
      </div>
      <div className="ssio-tools">
        <ToolButton icon={<BellIcon />} onClick={() => onTool("notifications")}>
          {words.notifications}
        </ToolButton>
        <ToolButton icon={<WindowIcon />} onClick={() => openBeside(agentId, person.userId)}>
          {words.secondWindow}
        </ToolButton>
        <ToolButton icon={<PulseIcon />} onClick={() => onTool("inspector")}>
          {words.behindTheScenes}
        </ToolButton>
        {onSignIn && (
          <ToolButton icon={<PersonIcon />} onClick={onSignIn}>
            {words.signIn}
          </ToolButton>
        )}
        <ToolButton icon={<KeyIcon />} onClick={() => onTool("key")}>
          {words.useKey}
        </ToolButton>
      </div>
    </div>
  );
}

function ToolButton({
  icon,
  onClick,
  children,
}: {
  icon: ReactNode;
  onClick: () => void;
  children: ReactNode;
}): ReactNode {
  return (
    <button type="button" className="ssio-button ssio-button-quiet ssio-tool" onClick={onClick}>
      {icon}
      {children}
    </button>
  );
}

/** Opens the same chat in a window on the other half of the screen: another device, as far as the server knows. */
function openBeside(agentId: string, userId: string): void {
  const { availWidth, availHeight } = screen;
  const half = Math.floor(availWidth / 2);
  window.open(
    addressOf({ agentId, userId }),
    "_blank",
    `popup,noopener,left=${half},top=0,width=${half},height=${availHeight}`,
  );
}
