import { useEffect, useState, type ReactNode } from "react";
import { RealTimeChatInterface } from "../components/chat/RealTimeChatInterface.js";
import { MenuIcon } from "../components/parts/icons.js";
import { useMedia } from "../hooks/useMedia.js";
import { Brand } from "./Brand.js";
import type { KnownAgent } from "./config.js";
import { CloseButton, Dialog } from "./Dialog.js";
import { OnDemand } from "./OnDemand.js";
import * as parts from "./parts.js";
import type { Person } from "./people.js";
import { go, useShown, type Place } from "./place.js";
import { Sidebar, type Tool } from "./Sidebar.js";
import { Toast } from "./Toast.js";
import { useAgents } from "./useAgents.js";
import { useFrameWords } from "./words/useFrameWords.js";
import { useFreshSubscription } from "./worker.js";

interface AppShellProps {
  agents: readonly KnownAgent[];
  agentId: string;
  people: readonly Person[];
  person: Person;
  onPerson: (person: Person) => void;
  onForget: (person: Person) => void;
  /** Leads to the issuer, where there is one and nobody has signed in. */
  onSignIn: (() => void) | undefined;
}

/** Where one sits and talks: the choices on one side, the chat on the other, and what is laid over them. */
export function AppShell({
  agents: known,
  agentId,
  people,
  person,
  onPerson,
  onForget,
  onSignIn,
}: AppShellProps): ReactNode {
  const words = useFrameWords();
  const agents = useAgents(known, person.apiKey);
  useShown({ agentId, userId: person.userId });
  useFreshSubscription(person);
  const agent = agents.find((one) => one.agentId === agentId) ?? {
    agentId,
    name: agentId,
    status: "available" as const,
  };
  const isNarrow = useMedia("(max-width: 52rem)");
  const [open, setOpen] = useState<Tool | "menu" | null>(null);
  const [isMoved, setMoved] = useState(false); // a user who has gone to another chat wants to be in it
  const close = (): void => setOpen(null);
  function move(to: Partial<Place>): void {
    go(to);
    setMoved(true);
    close();
  }
  useEffect(() => {
    document.title = words.title(agent.name);
  }, [agent.name, words]);

  const sidebar = (
    <Sidebar
      agents={agents}
      agentId={agent.agentId}
      people={people}
      person={person}
      onForget={() => onForget(person)}
      onSignIn={onSignIn}
      onTool={setOpen}
      onAgent={(next) => move({ agentId: next })}
      onPerson={(userId) => move({ userId })}
    />
  );
  return (
    <div className="ssio-app" data-inspecting={(open === "inspector" && !isNarrow) || undefined}>
      {!isNarrow && (
        <a className="ssio-button ssio-skip" href="#chat">
          {words.skip}
        </a>
      )}
      {!isNarrow && (
        <aside className="ssio-aside" aria-label={words.aside}>
          <Brand />
          {sidebar}
        </aside>
      )}
      <main id="chat" className="ssio-main" tabIndex={-1}>
        {isNarrow && <h1 className="ssio-hidden">{words.brand}</h1>}
        <RealTimeChatInterface
          agentId={agent.agentId}
          agentName={agent.name}
          userId={person.userId}
          apiKey={person.apiKey}
          autoFocus={!isNarrow || isMoved}
          leading={isNarrow && <MenuButton onClick={() => setOpen("menu")} />}
        />
      </main>
      {open === "inspector" && !isNarrow && (
        <aside className="ssio-aside ssio-beside" aria-label={words.behindTheScenes}>
          <h2>
            {words.behindTheScenes}
            <CloseButton onClick={close} />
          </h2>
          <OnDemand load={parts.inspector} with={{ apiKey: person.apiKey }} />
        </aside>
      )}
      <Toast apiKey={person.apiKey} />
      {open === "menu" && isNarrow && (
        <Dialog title={words.brand} side="start" onClose={close}>
          {sidebar}
        </Dialog>
      )}
      {open === "notifications" && (
        <Dialog title={words.notifications} onClose={close}>
          <OnDemand load={parts.settings} with={{ agents }} />
        </Dialog>
      )}
      {open === "inspector" && isNarrow && (
        <Dialog title={words.behindTheScenes} side="end" onClose={close}>
          <OnDemand load={parts.inspector} with={{ apiKey: person.apiKey }} />
        </Dialog>
      )}
      {open === "key" && (
        <Dialog title={words.useKey} onClose={close}>
          <OnDemand
            load={parts.signIn}
            with={{
              agentId: agent.agentId,
              onSignIn: (next: Person) => {
                onPerson(next);
                close();
              },
            }}
          />
        </Dialog>
      )}
    </div>
  );
}

function MenuButton({ onClick }: { onClick: () => void }): ReactNode {
  const words = useFrameWords();
  return (
    <button
      type="button"
      className="ssio-button ssio-button-quiet ssio-icon-button ssio-menu"
      aria-label={words.aside}
      onClick={onClick}
    >
      <MenuIcon />
    </button>
  );
}
