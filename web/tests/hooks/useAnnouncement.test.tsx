// @vitest-environment happy-dom
import { act, renderHook } from "@testing-library/react";
import { expect, test } from "vitest";
import { useAnnouncement } from "../../src/hooks/useAnnouncement.js";
import type { ChatLine } from "../../src/client/chat/line.js";

const answer = (key: string): ChatLine => ({ key, role: "agent", state: "done", text: key }) as ChatLine;

function announced(read: (text: string) => Promise<string>) {
  const chat = (...messages: ChatLine[]) => ({ messages, isJoined: true, answering: null });
  const { result, rerender } = renderHook(
    (given) => useAnnouncement({ agentName: "Echo", chat: given, read }),
    {
      initialProps: chat(),
    },
  );
  return { result, say: (...keys: string[]) => act(async () => rerender(chat(...keys.map(answer)))) };
}

test("an answer that cannot be read is announced as it was written", async () => {
  const { result, say } = announced(() => Promise.reject(new Error("no reader")));
  await say("one");
  expect(result.current).toContain("one");
});

test("of two answers the newer one is announced, however long the former takes to be read", async () => {
  let finish: (text: string) => void = () => undefined;
  const slow = new Promise<string>((resolve) => (finish = resolve));
  const { result, say } = announced((text) => (text === "one" ? slow : Promise.resolve(text)));
  await say("one");
  await say("one", "two");
  await act(async () => finish("one"));
  expect(result.current).toContain("two");
});
