import type { ReactNode } from "react";
import { Brand } from "./Brand.js";

/** Something that there is to say instead of a chat. */
export function Notice({ title, children }: { title: string; children: ReactNode }): ReactNode {
  return (
    <div className="ssio-app ssio-notice">
      <main>
        <Brand />
        <h2>{title}</h2>
        {children}
      </main>
    </div>
  );
}
