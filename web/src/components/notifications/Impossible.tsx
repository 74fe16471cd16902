import type { ReactNode } from "react";
import type { PushSupport } from "../../notifications/client.js";
import { useNotificationWords } from "./useNotificationWords.js";

/** Why there are no notifications here, and what to do about it. */
export function Impossible({ why }: { why: Exclude<PushSupport, "supported"> }): ReactNode {
  const words = useNotificationWords();
  const { title, steps } = {
    denied: { title: words.denied, steps: words.deniedSteps },
    "home-screen": { title: words.homeScreen, steps: words.homeScreenSteps },
    unsupported: { title: words.unsupported, steps: undefined },
  }[why];
  return (
    <div className="ssio-settings-offer">
      <h3>{title}</h3>
      {steps ? (
        <ol>
          {steps.map((step) => (
            <li key={step}>{step}</li>
          ))}
        </ol>
      ) : (
        <p>{words.unsupportedMeans}</p>
      )}
    </div>
  );
}
