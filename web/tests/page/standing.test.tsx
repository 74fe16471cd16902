// @vitest-environment happy-dom
import { cleanup, renderHook } from "@testing-library/react";
import { afterEach, beforeEach, expect, onTestFinished, test } from "vitest";
import { tabDrafts } from "../../src/client/chat/drafts.js";
import { remember } from "../../src/page/people.js";
import { isOfLastUser, standingTo, useShown } from "../../src/page/place.js";

const PLACE = { agentId: "echo", userId: "alice" };

beforeEach(() => {
  localStorage.clear();
  history.replaceState(null, "", "/");
});
afterEach(cleanup);

function show(): () => void {
  return renderHook(() => useShown(PLACE)).unmount;
}

test.each([
  ["/?agent=echo&user=alice", "there"],
  ["/?agent=echo", "there"],
  ["/", "there"],
  ["http://localhost:3000/?agent=echo", "there"],
  ["/?agent=mira", "free"],
  ["/?agent=mira&user=alice", "free"],
  ["/?agent=echo&user=bob", "busy"],
  ["/orders/17", "busy"],
])("a page that shows a chat of the user stands to %s: %s", (url, standing) => {
  remember("alice");
  show();
  expect(standingTo(url)).toBe(standing);
});

test("a page that holds a draft is not led elsewhere, but is there for its own chat", () => {
  show();
  tabDrafts().set("echo", "half a thought");
  onTestFinished(() => tabDrafts().set("echo", ""));
  expect([standingTo("/?agent=mira"), standingTo("/?agent=echo")]).toEqual(["busy", "there"]);
});

test("without a user in the address it is for whoever talked last on this device", () => {
  show();
  expect([isOfLastUser(), standingTo("/?agent=echo")]).toEqual([true, "there"]);
  remember("bob");
  expect([isOfLastUser(), standingTo("/?agent=echo")]).toEqual([false, "busy"]);
});

test("a page that shows no chat is not led anywhere", () => {
  show()();
  expect([isOfLastUser(), standingTo("/?agent=echo")]).toEqual([false, "busy"]);
});
