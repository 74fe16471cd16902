import { useId, useState, type FocusEvent, type KeyboardEvent, type ReactNode } from "react";
import { Avatar } from "../components/parts/Avatar.js";
import type { ChoiceStatus } from "./words/words.js";
import { useFrameWords } from "./words/useFrameWords.js";

export interface Choice {
  id: string;
  name: string;
  note?: string | undefined;
  status?: ChoiceStatus | undefined;
}

interface ChoicesProps {
  title: string;
  choices: readonly Choice[];
  chosen: string | undefined;
  onChoose: (id: string) => void;
  children?: ReactNode;
}

/**
 * A choice of people or agents: buttons, named as they are and by nothing else; what is known of them describes them. All
 * are one stop on the way of the Tab key; arrows, Home and End go from one to the next.
 */
export function Choices({ title, choices, chosen, onChoose, children }: ChoicesProps): ReactNode {
  const words = useFrameWords();
  const id = useId();
  const [reached, setReached] = useState<string | null>(null); // while the focus is in it
  const stop = [reached, chosen].find((one) => choices.some((choice) => choice.id === one)) ?? choices[0]?.id;
  return (
    <nav className="ssio-choices" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      <div
        role="toolbar"
        aria-labelledby={id}
        aria-orientation="vertical"
        onBlur={(event) => hasLeft(event) && setReached(null)}
      >
        {choices.map((choice) => (
          <div key={choice.id} className="ssio-choice" data-noted={Boolean(choice.note) || undefined}>
            <button
              type="button"
              tabIndex={choice.id === stop ? 0 : -1}
              aria-describedby={id + choice.id}
              aria-pressed={choice.id === chosen}
              onFocus={() => setReached(choice.id)}
              onKeyDown={walk}
              onClick={() => onChoose(choice.id)}
            >
              <span className="ssio-choice-face">
                <Avatar name={choice.name} isSmall />
                {choice.status && <span className="ssio-dot" data-status={choice.status} />}
              </span>
              <span className="ssio-choice-name">
                <bdi>{choice.name}</bdi>
              </span>
            </button>
            <small id={id + choice.id}>
              {choice.status && <span className="ssio-hidden">{words.statuses[choice.status]} </span>}
              <bdi>{choice.note}</bdi>
            </small>
          </div>
        ))}
      </div>
      {children}
    </nav>
  );
}

/** What the dots mean, for those who see them; to others it is said in words. */
export function Legend({ statuses }: { statuses: readonly ChoiceStatus[] }): ReactNode {
  const words = useFrameWords();
  return (
    <p className="ssio-legend" aria-hidden="true">
      {statuses.map((status) => (
        <span key={status}>
          <span className="ssio-dot" data-status={status} /> {words.statuses[status]}
        </span>
      ))}
    </p>
  );
}

function hasLeft({ currentTarget, relatedTarget }: FocusEvent): boolean {
  return !currentTarget.contains(relatedTarget);
}

function walk(event: KeyboardEvent<HTMLButtonElement>): void {
  const buttons = [
    ...(event.currentTarget.closest("[role=toolbar]")?.querySelectorAll<HTMLElement>("button") ?? []),
  ];
  const last = buttons.length - 1;
  const at = buttons.indexOf(event.currentTarget);
  const next = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last }[
    event.key
  ];
  if (next === undefined) return;
  event.preventDefault();
  buttons[next]?.focus();
}
