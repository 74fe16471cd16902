import { useState, type ReactNode } from "react";
import { QuietHoursFields } from "./QuietHoursFields.js";
import { usePushSettings } from "./usePushSettings.js";

export interface MutableAgent {
  agentId: string;
  name: string;
}

/** When and about whom one is notified. Every change is kept at once. */
export function Preferences({ agents }: { agents: readonly MutableAgent[] }): ReactNode {
  const { settings, problem, change, test } = usePushSettings();
  return (
    <>
      {settings && (
        <>
          <QuietHoursFields settings={settings} onChange={(changes) => void change(changes)} />
          {agents.length > 0 && (
            <Agents
              agents={agents}
              muted={settings.mutedAgents}
              onChange={(mutedAgents) => void change({ mutedAgents })}
            />
          )}
          <TestButton test={test} />
        </>
      )}
      {!settings && !problem && (
        <p className="ssio-fine" role="status">
          Loading your settings…
        </p>
      )}
      {problem && (
        <p className="ssio-problem" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}

interface AgentsProps {
  agents: readonly MutableAgent[];
  muted: readonly string[];
  onChange: (muted: string[]) => void;
}

function Agents({ agents, muted, onChange }: AgentsProps): ReactNode {
  return (
    <fieldset>
      <legend>Notify me about</legend>
      {agents.map(({ agentId, name }) => (
        <label key={agentId} className="ssio-check">
          <input
            type="checkbox"
            checked={!muted.includes(agentId)}
            onChange={({ target }) =>
              onChange([...muted.filter((id) => id !== agentId), ...(target.checked ? [] : [agentId])])
            }
          />
          <span dir="auto">{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

function TestButton({ test }: { test: () => Promise<boolean> }): ReactNode {
  const [isSent, setSent] = useState(false);
  return (
    <div className="ssio-settings-test">
      <button type="button" className="ssio-button" onClick={() => void test().then(setSent)}>
        Send a test notification
      </button>
      <p className="ssio-fine" role="status">
        {isSent && "It is on its way to all your browsers."}
      </p>
    </div>
  );
}
