import { useLayoutEffect, useState, type ReactNode } from "react";
import type { PageConfig } from "./config.js";
import { AppShell } from "./AppShell.js";
import { Notice } from "./Notice.js";
import { choose, forget, ownPeople, remember, type Person } from "./people.js";
import { OnDemand } from "./OnDemand.js";
import * as parts from "./parts.js";
import { go, usePlace } from "./place.js";
import { begin, end, useSession } from "./session.js";
import { Warning } from "./Warning.js";
import { Welcome } from "./Welcome.js";
import { mayNotify } from "./worker.js";

/** The page, once it is configured: a chat if it is known with whom and as whom, else the questions. */
export function App({ config }: { config: PageConfig }): ReactNode {
  const place = usePlace();
  const [own, setOwn] = useState(ownPeople);
  const session = useSession();
  const people: readonly Person[] = [...config.users, ...own, ...(session.person ? [session.person] : [])];
  const person = choose(people, place.userId);
  const agentId = place.agentId ?? config.agents[0]?.agentId;
  const userId = person?.userId;
  const [problem, setProblem] = useState<string | null>(null);
  useLayoutEffect(() => {
    if (userId !== undefined) remember(userId); // before anything is done for this user
  }, [userId]);

  function enter(next: Person, agent = agentId): void {
    setOwn(ownPeople());
    go({ userId: next.userId, agentId: agent ?? null });
  }
  const issuer = config.signIn;
  const signIn = issuer && ((): void => void begin(issuer, agentId));
  async function leave(gone: Person): Promise<void> {
    const isEnded = await stopNotifying(gone); // as long as its key is there
    if (gone.isSignedIn && issuer) return end(issuer);
    setProblem(isEnded ? null : stillNotified(gone.userId));
    forget(gone.userId);
    setOwn(ownPeople());
    go({ userId: null });
  }

  if (!config.enableWebsockets) return <SwitchedOff />;
  if (!person && place.userId !== null) {
    return (
      <OnDemand
        load={parts.unknownUser}
        with={{
          userId: place.userId,
          agentId,
          otherwise: choose(people, null),
          onSignIn: enter,
          onOther: () => go({ userId: null }),
        }}
      />
    );
  }
  if (!person || agentId === undefined) {
    return (
      <Welcome agentId={agentId} problem={problem ?? session.problem} onSignIn={signIn} onPerson={enter} />
    );
  }
  return (
    <>
      <AppShell
        agents={config.agents}
        agentId={agentId}
        people={people}
        person={person}
        onPerson={enter}
        onForget={(gone) => void leave(gone)}
        onSignIn={session.person ? undefined : signIn}
      />
      {problem !== null && <Warning text={problem} onDismiss={() => setProblem(null)} />}
      {session.problem !== null && <Warning text={session.problem} onDismiss={session.dismiss} />}
    </>
  );
}

/**
 * Ends this browser's notifications if they are those of a user whose key is about to be forgotten here; whether they have
 * ended. What that takes is loaded only where this browser may notify: offline that fails, and the key is forgotten all the same.
 */
async function stopNotifying(gone: Person): Promise<boolean> {
  if (!mayNotify()) return true;
  try {
    const forgetting = await import("./forgetting.js");
    await forgetting.stopNotifying(gone);
    return true;
  } catch {
    return false;
  }
}

function stillNotified(userId: string): string {
  return `The key is forgotten, but this browser may still be notified of ${userId}’s answers. Block this site’s notifications in the browser’s settings.`;
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
