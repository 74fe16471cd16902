import type { ReactNode } from "react";
import { Sentence } from "../components/parts/Sentence.js";
import { Notice } from "./Notice.js";
import type { Person } from "./people.js";
import { SignIn } from "./SignIn.js";
import { useToolWords } from "./words/useToolWords.js";

interface UnknownUserProps {
  userId: string;
  agentId: string | undefined;
  /** Who else there is to be. */
  otherwise: Person | undefined;
  onSignIn: (person: Person, agentId: string) => void;
  onOther: () => void;
}

/** The address names a user whose key is not here: the page says so, and takes no other user unasked. */
export function UnknownUser({ userId, agentId, otherwise, onSignIn, onOther }: UnknownUserProps): ReactNode {
  const words = useToolWords();
  return (
    <Notice title={words.unknownUser}>
      <p>
        <Sentence of={words.unknownUserMeans} name={<strong dir="auto">{userId}</strong>} />
      </p>
      <SignIn agentId={agentId} onSignIn={onSignIn} />
      {otherwise && (
        <p>
          <button type="button" className="ssio-link" onClick={onOther}>
            {words.goOnAs(otherwise.userId)}
          </button>
        </p>
      )}
    </Notice>
  );
}
