import type { ReactNode } from "react";

/** The first letter of a name, in a circle; the name stands beside it. */
export function Avatar({ name, isSmall = false }: { name: string; isSmall?: boolean }): ReactNode {
  const [letter = "?"] = name.trim();
  return (
    <span className="ssio-avatar" data-size={isSmall ? "small" : undefined} aria-hidden="true">
      {letter.toLocaleUpperCase()}
    </span>
  );
}
