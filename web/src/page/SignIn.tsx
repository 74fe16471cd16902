import { useState, useEffect, useRef, type SubmitEvent, type ReactNode } from "react";
import { inWords } from "../components/chat/words.js";
import { ChatError } from "../client/errors.js";
import { keep, whoIs, type Person } from "./people.js";

interface SignInProps {
  /** The agent that one came for, if there is one. */
  agentId: string | undefined;
  onSignIn: (person: Person, agentId: string) => void;
}

/** For a user who has a key: it is tried before it is kept, on this device alone. */
export function SignIn({ agentId, onSignIn }: SignInProps): ReactNode {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.focus(), []); // it is all that there is to do here
  const [isTrying, setTrying] = useState(false);
  const [problem, setProblem] = useState<string>();

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
      setProblem(error instanceof ChatError ? inWords(error) : String(error));
    } finally {
      setTrying(false);
    }
  }

  return (
    <form className="ssio-sign-in" onSubmit={(event) => void enter(event)}>
      <label>
        API key
        <input name="key" type="password" autoComplete="off" spellCheck={false} required ref={field} />
      </label>
      {agentId === undefined && (
        <label>
          Agent
          <input
            name="agent"
            autoComplete="off"
            spellCheck={false}
            required
            maxLength={128}
            placeholder="companion"
          />
        </label>
      )}
      {problem && (
        <p className="ssio-problem" role="alert">
          {problem}
        </p>
      )}
      <button className="ssio-button ssio-button-main" disabled={isTrying}>
        {isTrying ? "Connecting…" : "Connect"}
      </button>
      <p className="ssio-fine">The key stays on this device, and is sent to the chat’s own server only.</p>
    </form>
  );
}

function textOf(form: FormData, name: string): string {
  const value = form.get(name);
  return typeof value === "string" ? value.trim() : "";
}
