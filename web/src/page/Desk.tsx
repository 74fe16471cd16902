import { useEffect, useState, type ReactNode } from "react";
import { RealTimeChatInterface } from "../components/chat/RealTimeChatInterface.js";
import { MenuIcon } from "../components/parts/icons.js";
import { Brand } from "./Brand.js";
import type { KnownAgent } from "./config.js";
import { CloseButton, Dialog } from "./Dialog.js";
import { Inspector, Loaded, NotificationSettings, useLoadedAhead } from "./Loaded.js";
import type { Person } from "./people.js";
import { go } from "./place.js";
import { Sidebar, type Tool } from "./Sidebar.js";
import { SignIn } from "./SignIn.js";
import { Toast } from "./Toast.js";
import { useAgents } from "./useAgents.js";
import { useMedia } from "./useMedia.js";
import { useFreshSubscription } from "./worker.js";

interface DeskProps {
  agents: readonly KnownAgent[];
  agentId: string;
  people: readonly Person[];
  person: Person;
  onPerson: (person: Person) => void;
  onForget: (userId: string) => void;
}

/** Where one sits and talks: the choices on one side, the chat on the other, and what is laid over them. */
export function Desk({ agents: known, agentId, people, person, onPerson, onForget }: DeskProps): ReactNode {
  const agents = useAgents(known, person.apiKey);
  useFreshSubscription(person.apiKey);
  useLoadedAhead();
  const agent = agents.find((one) => one.agentId === agentId) ?? {
    agentId,
    name: agentId,
    status: "available" as const,
  };
  const isNarrow = useMedia("(max-width: 52rem)");
  const [open, setOpen] = useState<Tool | "menu" | null>(null);
  const close = (): void => setOpen(null);
  useEffect(() => {
    document.title = `${agent.name} – Serverless chat`;
  }, [agent.name]);

  const sidebar = (
    <Sidebar
      agents={agents}
      agentId={agent.agentId}
      people={people}
      person={person}
      onForget={onForget}
      onTool={setOpen}
      onAgent={(next) => {
        go({ agentId: next });
        close();
      }}
      onPerson={(userId) => {
        go({ userId });
        close();
      }}
    />
  );
  return (
    <div className="ssio-app" data-inspecting={(open === "inspector" && !isNarrow) || undefined}>
      {!isNarrow && (
        <aside className="ssio-aside" aria-label="Agents, people and settings">
          <Brand />
          {sidebar}
        </aside>
      )}
      <main className="ssio-main">
        {isNarrow && <h1 className="ssio-hidden">Serverless chat</h1>}
        <RealTimeChatInterface
          agentId={agent.agentId}
          agentName={agent.name}
          userId={person.userId}
          apiKey={person.apiKey}
          autoFocus={!isNarrow}
          leading={isNarrow && <MenuButton onClick={() => setOpen("menu")} />}
        />
      </main>
      {open === "inspector" && !isNarrow && (
        <aside className="ssio-aside ssio-beside" aria-label="Behind the scenes">
          <h2>
            Behind the scenes
            <CloseButton onClick={close} />
          </h2>
          <Loaded>
            <Inspector apiKey={person.apiKey} />
          </Loaded>
        </aside>
      )}
      <Toast apiKey={person.apiKey} />
      {open === "menu" && isNarrow && (
        <Dialog title="Serverless chat" side="start" onClose={close}>
          {sidebar}
        </Dialog>
      )}
      {open === "notifications" && (
        <Dialog title="Notifications" onClose={close}>
          <Loaded>
            <NotificationSettings agents={agents} />
          </Loaded>
        </Dialog>
      )}
      {open === "inspector" && isNarrow && (
        <Dialog title="Behind the scenes" side="end" onClose={close}>
          <Loaded>
            <Inspector apiKey={person.apiKey} />
          </Loaded>
        </Dialog>
      )}
      {open === "key" && (
        <Dialog title="Use a key" onClose={close}>
          <SignIn
            agentId={agent.agentId}
            onSignIn={(next) => {
              onPerson(next);
              close();
            }}
          />
        </Dialog>
      )}
    </div>
  );
}

function MenuButton({ onClick }: { onClick: () => void }): ReactNode {
  return (
    <button
      type="button"
      className="ssio-button ssio-button-quiet ssio-icon-button ssio-menu"
      aria-label="Agents, people and settings"
      onClick={onClick}
    >
      <MenuIcon />
    </button>
  );
}
