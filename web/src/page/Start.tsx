import { useEffect, useState, type ReactNode } from "react";
import { configure } from "../client/config.js";
import { App } from "./App.js";
import { fetchConfig, type PageConfig } from "./config.js";
import { Notice } from "./Notice.js";
import { resume } from "./session.js";
import { useFrameWords } from "./words/useFrameWords.js";

const AGAIN_MS = 2_000; // a local stack takes a few seconds to start
const PATIENCE_MS = 500; // nothing is said of a wait that is shorter

/** Waits for the configuration, and then starts the page. */
export function Start(): ReactNode {
  const words = useFrameWords();
  const [config, setConfig] = useState<PageConfig>();
  const [isLate, setLate] = useState(false);
  useEffect(() => {
    let waiting = setTimeout(() => setLate(true), PATIENCE_MS);
    let isOver = false;
    async function look(): Promise<void> {
      try {
        const found = await fetchConfig();
        configure({
          path: found.socketPath,
          enableWebsockets: found.enableWebsockets,
          vapidPublicKey: found.vapidPublicKey,
        });
        if (found.signIn) await resume(found.signIn, found.agents[0]?.agentId);
        if (isOver) return;
        clearTimeout(waiting);
        setConfig(found);
      } catch {
        if (isOver) return;
        setLate(true);
        waiting = setTimeout(() => void look(), AGAIN_MS);
      }
    }
    void look();
    return () => {
      isOver = true;
      clearTimeout(waiting);
    };
  }, []);

  if (config) return <App config={config} />;
  if (!isLate) return null;
  return (
    <Notice title={words.oneMoment}>
      <p role="status">{words.notThereYet}</p>
    </Notice>
  );
}
