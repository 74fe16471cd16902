import { useState, type ReactNode } from "react";
import { usePushSettings } from "../../hooks/usePushSettings.js";
import { useRefusal } from "../../hooks/useWords.js";
import { QuietHoursFields } from "./QuietHoursFields.js";
import { useNotificationWords } from "./useNotificationWords.js";

export interface MutableAgent {
  agentId: string;
  name: string;
}

/** When and about whom one is notified. Every change is kept at once. */
export function Preferences({ agents }: { agents: readonly MutableAgent[] }): ReactNode {
  const words = useNotificationWords();
  const inWords = useRefusal();
  const { settings, problem, change, mute, test } = usePushSettings();
  return (
    <>
      {settings && (
        <>
          <QuietHoursFields settings={settings} onChange={(changes) => void change(changes)} />
          {agents.length > 0 && (
            <Agents
              agents={agents}
              muted={settings.mutedAgents}
              onMute={(agentId, isMuted) => void mute(agentId, isMuted)}
            />
          )}
          <TestButton test={test} />
        </>
      )}
      {!settings && !problem && (
        <p className="ssio-fine" role="status">
          {words.loading}
        </p>
      )}
      {problem && (
        <p className="ssio-problem" role="alert">
          {inWords(problem)}
        </p>
      )}
    </>
  );
}

interface AgentsProps {
  agents: readonly MutableAgent[];
  muted: readonly string[];
  onMute: (agentId: string, isMuted: boolean) => void;
}

function Agents({ agents, muted, onMute }: AgentsProps): ReactNode {
  const words = useNotificationWords();
  return (
    <fieldset>
      <legend>{words.about}</legend>
      {agents.map(({ agentId, name }) => (
        <label key={agentId} className="ssio-check">
          <input
            type="checkbox"
            checked={!muted.includes(agentId)}
            onChange={({ target }) => onMute(agentId, !target.checked)}
          />
          <span dir="auto">{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

function TestButton({ test }: { test: () => Promise<boolean> }): ReactNode {
  const words = useNotificationWords();
  const [isSent, setSent] = useState(false);
  return (
    <div className="ssio-settings-test">
      <button type="button" className="ssio-button" onClick={() => void test().then(setSent)}>
        {words.test}
      </button>
      <p className="ssio-fine" role="status">
        {isSent && words.testSent}
      </p>
    </div>
  );
}
