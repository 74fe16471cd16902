import type { ReactNode } from "react";
import { Notice } from "./Notice.js";
import type { Person } from "./people.js";
import { SignIn } from "./SignIn.js";

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
  return (
    <Notice title="This user is not known here">
      <p>
        The address names <strong dir="auto">{userId}</strong>, whose key is not on this device. Enter it to
        go on.
      </p>
      <SignIn agentId={agentId} onSignIn={onSignIn} />
      {otherwise && (
        <p>
          <button type="button" className="ssio-link" onClick={onOther}>
            Go on as {otherwise.userId}
          </button>
        </p>
      )}
    </Notice>
  );
}
