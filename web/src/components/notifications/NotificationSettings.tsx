"use client";

import type { ReactNode } from "react";
import { usePush, type UsePush } from "../../hooks/usePush.js";
import { useRefusal, WordsProvider } from "../../hooks/useWords.js";
import type { PartialWords } from "../../words/words.js";
import { BellIcon } from "../parts/icons.js";
import { Impossible } from "./Impossible.js";
import { Preferences, type MutableAgent } from "./Preferences.js";
import { useNotificationWords } from "./useNotificationWords.js";

/** What can be set beside notifications as a whole. */
export interface NotificationSettingsProps {
  /** Agents that can be muted one by one. */
  agents?: readonly MutableAgent[] | undefined;
  /** Their words, or some of them: see `WordsProvider`. Default: those of the page's language. */
  words?: PartialWords | undefined;
}

/**
 * Whether and when this browser notifies its user of answers. What a permission is for is said before the browser asks for
 * it. It uses the connection that the page's chat or `useSocket` has; its styles are in `@serverless-socketio/react/styles.css`.
 *
 * @example
 * <NotificationSettings agents={[{ agentId: "companion", name: "Mira" }]} />
 */
export function NotificationSettings({ agents = [], words }: NotificationSettingsProps): ReactNode {
  return (
    <WordsProvider words={words}>
      <Settings agents={agents} />
    </WordsProvider>
  );
}

function Settings({ agents }: { agents: readonly MutableAgent[] }): ReactNode {
  const words = useNotificationWords();
  const inWords = useRefusal();
  const push = usePush();
  const canNotify = push.support === "supported";
  return (
    <section className="ssio-settings" aria-label={words.title}>
      {push.support !== null && push.support !== "supported" && <Impossible why={push.support} />}
      {canNotify && (push.isSubscribed ? <On {...push} /> : <Offer {...push} />)}
      {push.problem && (
        <p className="ssio-problem" role="alert">
          {inWords(push.problem)}
        </p>
      )}
      {canNotify && push.isSubscribed && <Preferences agents={agents} />}
    </section>
  );
}

function On({ isBusy, unsubscribe }: UsePush): ReactNode {
  const words = useNotificationWords();
  return (
    <div className="ssio-settings-head">
      <BellIcon />
      <p role="status">
        <strong>{words.on}</strong> {words.onMeans}
      </p>
      <button type="button" className="ssio-button" disabled={isBusy} onClick={() => void unsubscribe()}>
        {words.turnOff}
      </button>
    </div>
  );
}

function Offer({ isSubscribed, isBusy, subscribe }: UsePush): ReactNode {
  const words = useNotificationWords();
  return (
    <div className="ssio-settings-offer">
      <BellIcon />
      <h3>{words.offer}</h3>
      <p>{words.offerMeans}</p>
      <button
        type="button"
        className="ssio-button ssio-button-main"
        disabled={isBusy || isSubscribed === null}
        onClick={() => void subscribe()}
      >
        {isBusy ? words.turningOn : words.turnOn}
      </button>
      <p className="ssio-fine">{words.browserAsks}</p>
    </div>
  );
}
