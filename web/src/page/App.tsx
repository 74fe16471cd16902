import { useEffect, useState, type ReactNode } from "react";
import type { PageConfig } from "./config.js";
import { AppShell } from "./AppShell.js";
import { Notice } from "./Notice.js";
import { choose, forget, ownPeople, remember, type Person } from "./people.js";
import { OnDemand } from "./OnDemand.js";
import * as parts from "./parts.js";
import { go, usePlace } from "./place.js";

/** The page, once it is configured: a chat if it is known with whom and as whom, else the questions. */
export function App({ config }: { config: PageConfig }): ReactNode {
  const place = usePlace();
  const [own, setOwn] = useState(ownPeople);
  const people: readonly Person[] = [...config.users, ...own];
  const person = choose(people, place.userId);
  const agentId = place.agentId ?? config.agents[0]?.agentId;
  const userId = person?.userId;
  useEffect(() => {
    if (userId !== undefined) remember(userId);
  }, [userId]);

  function enter(next: Person, agent = agentId): void {
    setOwn(ownPeople());
    go({ userId: next.userId, agentId: agent ?? null });
  }
  function leave(gone: string): void {
    forget(gone);
    setOwn(ownPeople());
    go({ userId: null });
  }

  if (!config.enableWebsockets) return <SwitchedOff />;
  if (!person || agentId === undefined) {
    return (
      <Notice title="Welcome">
        <p>
          Chat with agents whose answers appear as they are being written. You need an API key of this
          deployment.
        </p>
        <OnDemand load={parts.signIn} with={{ agentId, onSignIn: enter }} />
      </Notice>
    );
  }
  return (
    <AppShell
      agents={config.agents}
      agentId={agentId}
      people={people}
      person={person}
      onPerson={enter}
      onForget={leave}
    />
  );
}

function SwitchedOff(): ReactNode {
  return (
    <Notice title="Real-time chat is switched off">
      <p>
        This deployment runs with <code>ENABLE_WEBSOCKETS=false</code>, so no connection was tried.
      </p>
      <p>
        Set it to <code>true</code> and start again, and this page becomes a chat.
      </p>
    </Notice>
  );
}
