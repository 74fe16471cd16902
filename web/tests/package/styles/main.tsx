/** A page of somebody else's, with the components in it: who wants to know how it looks picks a style sheet by the query. */
import { configure, RealTimeChatInterface, NotificationSettings } from "@serverless-socketio/react";
import { QuietHoursFields } from "@serverless-socketio/react/components/notifications/QuietHoursFields";
import { createRoot } from "react-dom/client";

const NIGHT = { quietHours: { start: "22:00", end: "07:00" }, timeZone: "UTC", mutedAgents: [] };
const ANSWER = `# One\n## Two\nHere is **bold**, *soft*, \`code\`, a [link](https://example.com).

1. one
2. two
   - inner

- [x] done

| left | right |
|---|--:|
| 1 | 2 |

> said

---

\`\`\`python
print("hi")
\`\`\``;
const said = (role: "agent" | "user", message: string, at: number) => ({
  messageId: `0${at}`,
  role,
  message,
  timestamp: Date.UTC(2026, 0, 2, 12, at),
});

configure({ enableWebsockets: false }); // nothing comes or goes while one looks
createRoot(document.getElementById("root") as HTMLElement).render(
  <>
    <div style={{ inlineSize: 700, blockSize: 900 }}>
      <RealTimeChatInterface
        agentId="mira"
        agentName="Mira"
        userId="alice"
        apiKey="key"
        initialMessages={[said("user", "Hello\nyou", 1), said("agent", ANSWER, 2), said("user", "Thanks", 3)]}
        initialEmotions={{ joy: 0.5 }}
        initialRelationLevel={40}
        initialRelationState="friend"
        leading={
          <button
            type="button"
            id="leading"
            className="btn btn-ghost"
            style={{ inlineSize: 70, blockSize: 40 }}
          >
            Back
          </button>
        }
      />
    </div>
    <div style={{ inlineSize: 500 }}>
      <NotificationSettings />
      <section className="ssio-settings">
        <QuietHoursFields settings={NIGHT} onChange={() => undefined} />
      </section>
    </div>
  </>,
);
