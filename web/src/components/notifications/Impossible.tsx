import type { ReactNode } from "react";
import type { PushSupport } from "../../notifications/client.js";

type Reason = Exclude<PushSupport, "supported">;

const REASONS: Record<Reason, { title: string; text: ReactNode }> = {
  denied: {
    title: "Notifications are blocked",
    text: (
      <ol>
        <li>Open this site’s settings, by the icon beside the address.</li>
        <li>Allow notifications.</li>
        <li>Come back here. No reload is needed.</li>
      </ol>
    ),
  },
  "home-screen": {
    title: "Add this page to your home screen first",
    text: (
      <ol>
        <li>Tap Share in Safari’s toolbar.</li>
        <li>Choose “Add to Home Screen”.</li>
        <li>Open the chat from its new icon, and turn on notifications there.</li>
      </ol>
    ),
  },
  unsupported: {
    title: "This browser cannot notify you",
    text: <p>A current Chrome, Edge, Firefox or Safari can, on a page that came over https.</p>,
  },
};

/** Why there are no notifications here, and what to do about it. */
export function Impossible({ why }: { why: Reason }): ReactNode {
  const { title, text } = REASONS[why];
  return (
    <div className="ssio-settings-offer">
      <h3>{title}</h3>
      {text}
    </div>
  );
}
