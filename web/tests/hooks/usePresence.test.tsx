// @vitest-environment happy-dom
import { render, waitFor } from "@testing-library/react";
import { StrictMode, type ReactNode } from "react";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configure } from "../../src/client/config.js";
import { usePresence } from "../../src/hooks/usePresence.js";
import { FakeChat } from "../server.js";

let server: FakeChat;

beforeEach(async () => {
  server = await FakeChat.start();
  configure({ url: server.url });
});
afterEach(() => server.close());

function Friend({ name }: { name: string }): ReactNode {
  const { presence, isUserOnline, getUserStatus, getLastSeen } = usePresence({
    userId: "alice",
    token: "alice-key",
  });
  const own = presence["alice"]?.status ?? "unknown";
  return <p>{[getUserStatus(name), isUserOnline(name), getLastSeen(name), own].join(" ")}</p>;
}

test("a user is asked about when first spoken of, and every component hears the news", async () => {
  const page = render(
    <StrictMode>
      <Friend name="bob" />
      <Friend name="bob" />
    </StrictMode>,
  );
  expect(page.container.textContent).toBe("offline false  unknownoffline false  unknown");
  await waitFor(() =>
    expect(page.container.textContent).toBe("offline false  offlineoffline false  offline"),
  );
  server.presence({ userId: "bob", status: "online", lastSeen: 7, timestamp: 7 });
  await waitFor(() => expect(page.container.textContent).toBe("online true 7 offlineonline true 7 offline"));
  const asked = server.payloads("presence:subscribe").flatMap(({ userIds }) => userIds as string[]);
  expect(asked.toSorted()).toEqual(["alice", "bob"]);
});
