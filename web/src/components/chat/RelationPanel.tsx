import type { ReactNode } from "react";
import type { Relation } from "../../client/chat/state.js";
import { useChatWords, useLocale } from "../../hooks/useWords.js";
import { Sentence } from "../parts/Sentence.js";

/** How the agent feels, and where the two stand. */
export function RelationPanel({ agentName, relation }: { agentName: string; relation: Relation }): ReactNode {
  const words = useChatWords();
  const locale = useLocale();
  const emotions = Object.entries(relation.emotions);
  return (
    <section className="ssio-relation" aria-label={words.youAnd(agentName)}>
      <p className="ssio-relation-state">
        <strong>
          <bdi>{capitalised(relation.relationState, locale)}</bdi>
        </strong>
        <span>{words.level(relation.relationLevel)}</span>
      </p>
      <Bar label={words.relation} value={relation.relationLevel / 100} isMain />
      {emotions.length > 0 && (
        <h3>
          <Sentence of={words.feels} name={<bdi>{agentName}</bdi>} />
        </h3>
      )}
      <dl>
        {emotions.map(([name, strength]) => (
          <div key={name}>
            <dt>
              <bdi>{capitalised(name, locale)}</bdi>
            </dt>
            <dd>
              <Bar label={capitalised(name, locale)} value={strength} />
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

function capitalised(word: string, locale: string): string {
  return word.charAt(0).toLocaleUpperCase(locale) + word.slice(1);
}
