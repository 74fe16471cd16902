import type { ReactNode } from "react";

/** Somebody is about to say something. */
export function TypingDots({ name, role }: { name: string; role: "agent" | "user" }): ReactNode {
  return (
    <div className="chat-message chat-typing" data-role={role}>
      <p className="chat-bubble" role="img" aria-label={`${name} typing`}>
        <span /><span /><span />
      </p>
    </div>
  );
}
