// @vitest-environment happy-dom
import { act, cleanup } from "@testing-library/react";
import { hydrateRoot } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, expect, onTestFinished, test } from "vitest";
import { RealTimeChatInterface } from "../../src/components/chat/RealTimeChatInterface.js";
import { configure } from "../../src/client/config.js";

const HERE = process.env["TZ"];
const LATE = Date.UTC(2024, 0, 31, 23, 30); // the next day east of Greenwich, the same west of it
const EARLY = Date.UTC(2024, 1, 1, 0, 30); // the same day in the east, the day before in the west
const MESSAGES = [LATE, EARLY].map((timestamp, at) => ({
  messageId: `0${at}`,
  role: "agent" as const,
  message: `line ${at}`,
  timestamp,
}));

afterEach(() => {
  cleanup();
  if (HERE === undefined) delete process.env["TZ"];
  else process.env["TZ"] = HERE;
});

const chat = (
  <RealTimeChatInterface
    agentId="mira"
    agentName="Mira"
    userId="zone"
    apiKey="zone-key"
    initialMessages={MESSAGES}
  />
);

test.each([
  ["UTC", "Pacific/Auckland", ["Thursday, February 1, 2024"], ["12:30 PM", "01:30 PM"]],
  ["Pacific/Auckland", "America/Los_Angeles", ["Wednesday, January 31, 2024"], ["03:30 PM", "04:30 PM"]],
  [
    "America/Los_Angeles",
    "UTC",
    ["Wednesday, January 31, 2024", "Thursday, February 1, 2024"],
    ["11:30 PM", "12:30 AM"],
  ],
])(
  "rendered in %s and read in %s, it is taken over as it is, and then tells the reader's time",
  async (...given) => {
    const [server, browser, days, times] = given;
    configure({ url: "http://127.0.0.1:9", enableWebsockets: false });
    onTestFinished(() => configure({ enableWebsockets: true }));
    process.env["TZ"] = server;
    const page = document.createElement("div");
    document.body.append(page);
    page.innerHTML = renderToString(chat);
    expect(page.querySelector("time")?.textContent).toBe("23:30 UTC");
    const first = page.querySelector(".ssio-message");
    process.env["TZ"] = browser;
    const errors: unknown[] = [];
    const root = await act(async () =>
      hydrateRoot(page, chat, { onRecoverableError: (error) => errors.push(error) }),
    );
    onTestFinished(() => act(() => root.unmount()));
    expect(errors).toEqual([]);
    expect(page.querySelector(".ssio-message")).toBe(first); // nothing was thrown away
    expect([...page.querySelectorAll(".ssio-day")].map(({ textContent }) => textContent)).toEqual(days);
    const shown = [...page.querySelectorAll("time")].map(({ textContent }) =>
      textContent.replaceAll("\u202f", " "),
    );
    expect(shown).toEqual(times);
  },
);
