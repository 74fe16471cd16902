import type { ReactNode } from "react";
import type { UseVersions } from "../../hooks/useVersions.js";
import { useChatWords } from "../../hooks/useWords.js";
import { NextIcon, PreviousIcon } from "../parts/icons.js";

/** Leads from an answer that was given again to those before it, and back. */
export function VersionSwitch({ at, count, previous, next }: Omit<UseVersions, "shown">): ReactNode {
  const words = useChatWords();
  return (
    <span className="ssio-versions" role="group" aria-label={words.versions}>
      <Step label={words.previousVersion} icon={<PreviousIcon />} onStep={previous} />
      <span role="status" dir="auto">
        {words.version(at, count)}
      </span>
      <Step label={words.nextVersion} icon={<NextIcon />} onStep={next} />
    </span>
  );
}

interface StepProps {
  label: string;
  icon: ReactNode;
  onStep: (() => void) | undefined;
}

function Step({ label, icon, onStep }: StepProps): ReactNode {
  return (
    <button
      type="button"
      className="ssio-button ssio-button-quiet"
      aria-label={label}
      aria-disabled={onStep === undefined} // not `disabled`: the focus stays where it is
      onClick={onStep}
    >
      {icon}
    </button>
  );
}
