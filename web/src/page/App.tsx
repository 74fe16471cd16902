import { useLayoutEffect, useState, type ReactNode } from "react";
import type { PageConfig } from "./config.js";
import { AppShell } from "./AppShell.js";
import { choose, forget, ownPeople, remember, type Person } from "./people.js";
import { OnDemand } from "./OnDemand.js";
import * as parts from "./parts.js";
import { go, usePlace } from "./place.js";
import { begin, end, useSession } from "./session.js";
import { Warning } from "./Warning.js";
import { useFrameWords } from "./words/useFrameWords.js";
import { mayNotify } from "./worker.js";

/** The page, once it is configured: a chat if it is known with whom and as whom, else the questions. */
export function App({ config }: { config: PageConfig }): ReactNode {
  const words = useFrameWords();
  const place = usePlace();
  const [own, setOwn] = useState(ownPeople);
  const session = useSession();
  const people: readonly Person[] = [...config.users, ...own, ...(session.person ? [session.person] : [])];
  const person = choose(people, place.userId);
  const agentId = place.agentId ?? config.agents[0]?.agentId;
  const userId = person?.userId;
  const [problem, setProblem] = useState<string | null>(null);
  const sessionProblem = session.problem && words.session[session.problem];
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
    setProblem(isEnded ? null : words.stillNotified(gone.userId));
    forget(gone.userId);
    setOwn(ownPeople());
    go({ userId: null });
  }

  if (!config.enableWebsockets) return <OnDemand load={parts.switchedOff} with={{}} />;
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
      <OnDemand
        load={parts.welcome}
        with={{ agentId, problem: problem ?? sessionProblem, onSignIn: signIn, onPerson: enter }}
      />
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
      {sessionProblem !== null && <Warning text={sessionProblem} onDismiss={session.dismiss} />}
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
