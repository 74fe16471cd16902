import { RealTimeChatInterface } from "@serverless-socketio/react";
import { Suspense } from "react";
import { saidSoFar, signedIn } from "./chat";

export default function Page() {
  return (
    <Suspense>
      <Chat />
    </Suspense>
  );
}

async function Chat() {
  const { userId, apiKey } = await signedIn();
  return (
    <RealTimeChatInterface
      agentId="echo"
      agentName="Echo"
      userId={userId}
      apiKey={apiKey}
      initialMessages={await saidSoFar("echo", apiKey)}
    />
  );
}
