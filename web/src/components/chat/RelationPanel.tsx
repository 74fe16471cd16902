import type { ReactNode } from "react";
import type { Relation } from "../../client/chat/state.js";

/** How the agent feels, and where the two stand. */
export function RelationPanel({ agentName, relation }: { agentName: string; relation: Relation }): ReactNode {
  const emotions = Object.entries(relation.emotions);
  return (
    <section className="ssio-relation" aria-label={`You and ${agentName}`}>
      <p className="ssio-relation-state">
        <strong>
          <bdi>{capitalised(relation.relationState)}</bdi>
        </strong>
        <span>Level {relation.relationLevel} of 100</span>
      </p>
      <Bar label="Relation" value={relation.relationLevel / 100} isMain />
      {emotions.length > 0 && (
        <h3>
          How <bdi>{agentName}</bdi> feels
        </h3>
      )}
      <dl>
        {emotions.map(([name, strength]) => (
          <div key={name}>
            <dt>
              <bdi>{capitalised(name)}</bdi>
            </dt>
            <dd>
              <Bar label={capitalised(name)} value={strength} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** @param value - a strength in 0…1. */
function Bar({ label, value, isMain }: { label: string; value: number; isMain?: boolean }): ReactNode {
  const percent = Math.round(100 * Math.min(Math.max(value, 0), 1));
  return (
    <div
      className="ssio-bar"
      data-main={isMain || undefined}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <span style={{ inlineSize: `${percent}%` }} />
    </div>
  );
}

function capitalised(word: string): string {
  return word.charAt(0).toLocaleUpperCase() + word.slice(1);
}
