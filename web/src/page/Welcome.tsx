import { useEffect, useRef, useState, type ReactNode } from "react";
import { Notice } from "./Notice.js";
import { OnDemand } from "./OnDemand.js";
import * as parts from "./parts.js";
import type { Person } from "./people.js";

interface WelcomeProps {
  /** The agent that one came for, if there is one. */
  agentId: string | undefined;
  problem: string | null;
  /** Leads to the issuer, where there is one. */
  onSignIn: (() => void) | undefined;
  onPerson: (person: Person, agentId: string) => void;
}

/** For somebody who is nobody here yet. */
export function Welcome({ agentId, problem, onSignIn, onPerson }: WelcomeProps): ReactNode {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  const [hasKey, setHasKey] = useState(onSignIn === undefined);
  return (
    <Notice title="Welcome">
      <p>
        Chat with agents whose answers appear as they are being written.
        {onSignIn === undefined && " You need an API key of this deployment."}
      </p>
      {problem !== null && (
        <p className="ssio-problem" role="alert">
          {problem}
        </p>
      )}
      {onSignIn && (
        <button
          type="button"
          className="ssio-button ssio-button-main ssio-welcome-button"
          ref={button}
          onClick={onSignIn}
        >
          Sign in
        </button>
      )}
      {hasKey ? (
        <OnDemand load={parts.signIn} with={{ agentId, onSignIn: onPerson }} />
      ) : (
        <button type="button" className="ssio-link ssio-welcome-key" onClick={() => setHasKey(true)}>
          Use an API key
        </button>
      )}
    </Notice>
  );
}
