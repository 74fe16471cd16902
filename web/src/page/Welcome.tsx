import { useEffect, useRef, useState, type ReactNode } from "react";
import { Notice } from "./Notice.js";
import type { Person } from "./people.js";
import { SignIn } from "./SignIn.js";
import { useFrameWords } from "./words/useFrameWords.js";
import { useToolWords } from "./words/useToolWords.js";

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
  const { signIn } = useFrameWords();
  const words = useToolWords();
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => button.current?.focus(), []);
  const [hasKey, setHasKey] = useState(onSignIn === undefined);
  return (
    <Notice title={words.welcome}>
      <p>
        {words.welcomeMeans} {onSignIn === undefined && words.needsKey}
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
          {signIn}
        </button>
      )}
      {hasKey ? (
        <SignIn agentId={agentId} onSignIn={onPerson} />
      ) : (
        <button type="button" className="ssio-link ssio-welcome-key" onClick={() => setHasKey(true)}>
          {words.useApiKey}
        </button>
      )}
    </Notice>
  );
}
