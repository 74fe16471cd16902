import { RealTimeChatInterface } from "@serverless-socketio/react";
import { useState, type ReactNode } from "react";
import { forget, remember, remembered } from "./account";
import { SignIn } from "./SignIn";

export function App(): ReactNode {
  const [account, setAccount] = useState(remembered);
  if (!account)
    return (
      <SignIn
        onSignIn={(given) => {
          remember(given);
          setAccount(given);
        }}
      />
    );

  function signOut(): void {
    forget();
    setAccount(null);
  }

  return (
    <RealTimeChatInterface
      agentId="echo"
      agentName="Echo"
      userId={account.userId}
      apiKey={account.apiKey}
      leading={
        <button type="button" className="plain" onClick={signOut}>
          Sign out
        </button>
      }
    />
  );
}
