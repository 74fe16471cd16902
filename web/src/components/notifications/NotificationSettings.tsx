"use client";

import type { ReactNode } from "react";
import { BellIcon } from "../parts/icons.js";
import { Impossible } from "./Impossible.js";
import { Preferences, type MutableAgent } from "./Preferences.js";
import { usePush, type UsePush } from "./usePush.js";

/** What can be set beside notifications as a whole. */
export interface NotificationSettingsProps {
  /** Agents that can be muted one by one. */
  agents?: readonly MutableAgent[] | undefined;
}

/**
 * Whether and when this browser notifies its user of answers. What a permission is for is said before the browser asks for
 * it. It uses the connection that the page's chat or `useSocket` has; its styles are in `@serverless-socketio/react/styles.css`.
 *
 * @example
 * <NotificationSettings agents={[{ agentId: "companion", name: "Mira" }]} />
 */
export function NotificationSettings({ agents = [] }: NotificationSettingsProps): ReactNode {
  const push = usePush();
  const canNotify = push.support === "supported";
  return (
    <section className="ssio-settings" aria-label="Notifications">
      {push.support !== null && push.support !== "supported" && <Impossible why={push.support} />}
      {canNotify && (push.isSubscribed ? <On {...push} /> : <Offer {...push} />)}
      {push.problem && (
        <p className="ssio-problem" role="alert">
          {push.problem}
        </p>
      )}
      {canNotify && push.isSubscribed && <Preferences agents={agents} />}
    </section>
  );
}

function On({ isBusy, unsubscribe }: UsePush): ReactNode {
  return (
    <div className="ssio-settings-head">
      <BellIcon />
      <p role="status">
        <strong>Notifications are on</strong> This browser tells you about finished answers while you are
        elsewhere.
      </p>
      <button type="button" className="ssio-button" disabled={isBusy} onClick={() => void unsubscribe()}>
        Turn off
      </button>
    </div>
  );
}

function Offer({ isSubscribed, isBusy, subscribe }: UsePush): ReactNode {
  return (
    <div className="ssio-settings-offer">
      <BellIcon />
      <h3>Know when an answer is there</h3>
      <p>
        Long answers take a while. With notifications you can go elsewhere, even close this page, and hear of
        an answer when it is finished. Nothing is sent while you are here.
      </p>
      <button
        type="button"
        className="ssio-button ssio-button-main"
        disabled={isBusy || isSubscribed === null}
        onClick={() => void subscribe()}
      >
        {isBusy ? "Turning on…" : "Turn on notifications"}
      </button>
      <p className="ssio-fine">Your browser may ask for permission next.</p>
    </div>
  );
}
