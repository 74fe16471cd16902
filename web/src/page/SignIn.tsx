import { useState, useEffect, useRef, type SubmitEvent, type ReactNode } from "react";
import { problemOf, type ChatError } from "../client/errors.js";
import { useRefusal } from "../hooks/useWords.js";
import { keep, whoIs, type Person } from "./people.js";
import { useToolWords } from "./words/useToolWords.js";

const EXAMPLE = "companion"; // an agent's id

interface SignInProps {
  /** The agent that one came for, if there is one. */
  agentId: string | undefined;
  onSignIn: (person: Person, agentId: string) => void;
}

/** For a user who has a key: it is tried before it is kept, on this device alone. */
export function SignIn({ agentId, onSignIn }: SignInProps): ReactNode {
  const words = useToolWords();
  const inWords = useRefusal();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []); // it is all that there is to do here
  const [isTrying, setTrying] = useState(false);
  const [problem, setProblem] = useState<ChatError>();

  async function enter(event: SubmitEvent<HTMLFormElement>): Promise<void> {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const apiKey = textOf(form, "key");
    const wanted = agentId ?? textOf(form, "agent");
    setTrying(true);
    setProblem(undefined);
    try {
      const person = { userId: await whoIs(apiKey, wanted), apiKey };
      keep(person);
      onSignIn({ ...person, isOwn: true }, wanted);
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setTrying(false);
    }
  }

  return (
    <form className="ssio-sign-in" onSubmit={(event) => void enter(event)}>
      <label>
        {words.apiKey}
        <input name="key" type="password" autoComplete="off" spellCheck={false} required ref={field} />
      </label>
      {agentId === undefined && (
        <label>
          {words.agent}
          <input
            name="agent"
            autoComplete="off"
            spellCheck={false}
            required
            maxLength={128}
            placeholder={EXAMPLE}
          />
        </label>
      )}
      {problem && (
        <p className="ssio-problem" role="alert">
          {inWords(problem)}
        </p>
      )}
      <button className="ssio-button ssio-button-main" disabled={isTrying}>
        {isTrying ? words.connecting : words.connect}
      </button>
      <p className="ssio-fine">{words.keyStays}</p>
    </form>
  );
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}
