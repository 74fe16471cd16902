import { useId, type ReactNode } from "react";
import { Avatar } from "../components/parts/Avatar.js";

export interface Choice {
  id: string;
  name: string;
  note?: string | undefined;
  /** How somebody is, as a dot and in a word. */
  status?: "online" | "away" | "offline" | "available" | "unavailable" | undefined;
}

interface ChoicesProps {
  title: string;
  choices: readonly Choice[];
  chosen: string | undefined;
  onChoose: (id: string) => void;
  children?: ReactNode;
}

/** A choice of people or agents: buttons, named as they are and by nothing else; what is known of them describes them. */
export function Choices({ title, choices, chosen, onChoose, children }: ChoicesProps): ReactNode {
  const list = useId();
  return (
    <nav className="ssio-choices" aria-label={title}>
      <h2>{title}</h2>
      <ul>
        {choices.map(({ id, name, note, status }) => (
          <li key={id} data-noted={Boolean(note) || undefined}>
            <button
              type="button"
              aria-describedby={`${list}${id}`}
              aria-pressed={id === chosen}
              onClick={() => onChoose(id)}
            >
              <span className="ssio-choice-face">
                <Avatar name={name} isSmall />
                {status && <span className="ssio-dot" data-status={status} />}
              </span>
              <span className="ssio-choice-name" dir="auto">
                {name}
              </span>
            </button>
            <small id={`${list}${id}`}>
              {status && <span className="ssio-hidden">{status} </span>}
              {note}
            </small>
          </li>
        ))}
      </ul>
      {children}
    </nav>
  );
}
