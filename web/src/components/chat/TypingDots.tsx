import type { ReactNode } from "react";

/** Says that the agent, or the user on another device, is typing. */
export function TypingDots({ label, role }: { label: string; role: "agent" | "user" }): ReactNode {
  return (
    <div className="ssio-message ssio-typing" data-role={role}>
      <p className="ssio-bubble" role="img" aria-label={label}>
        <span />
        <span />
        <span />
      </p>
    </div>
  );
}
