import { Suspense } from "react";
import { saidSoFar, signedIn } from "../chat";
import { OwnChat } from "./OwnChat";

export default function Page() {
  return (
    <Suspense>
      <Chat />
    </Suspense>
  );
}

async function Chat() {
  const { userId, apiKey } = await signedIn();
  return <OwnChat userId={userId} apiKey={apiKey} messages={await saidSoFar("echo", apiKey)} />;
}
