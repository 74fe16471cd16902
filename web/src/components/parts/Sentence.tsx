import { createElement, Fragment, type ReactNode } from "react";
import type { Phrase } from "../../words/words.js";

/** A sentence around a name, or whatever else stands in it. */
export function Sentence({ of, name }: { of: Phrase; name: ReactNode }): ReactNode {
  return createElement(Fragment, null, ...of(name));
}
