import type { ReactNode } from "react";
import { NextIcon, PreviousIcon } from "../parts/icons.js";

interface VersionSwitchProps {
  /** The answers to one message, oldest first. */
  keys: readonly string[];
  /** The one that is shown. */
  shown: string;
  onShow: (key: string) => void;
}

/** Leads from an answer that was given again to those before it, and back. */
export function VersionSwitch({ keys, shown, onShow }: VersionSwitchProps): ReactNode {
  const at = keys.indexOf(shown);
  const step = (label: string, icon: ReactNode, key: string | undefined): ReactNode => (
    <button
      type="button"
      className="ssio-button ssio-button-quiet"
      aria-label={label}
      aria-disabled={key === undefined} // not `disabled`: the focus stays where it is
      onClick={() => key !== undefined && onShow(key)}
    >
      {icon}
    </button>
  );
  return (
    <span className="ssio-versions" role="group" aria-label="Answers to this message">
      {step("Previous answer", <PreviousIcon />, keys[at - 1])}
      <span role="status" dir="auto">
        {at + 1} of {keys.length}
      </span>
      {step("Next answer", <NextIcon />, keys[at + 1])}
    </span>
  );
}
