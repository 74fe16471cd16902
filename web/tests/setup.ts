import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, onTestFinished, vi, type MockInstance } from "vitest";
import { clearPools } from "../src/client/pool.js";

// Whatever is said in the console is a defect, be it a warning of React's.
let complaints: MockInstance[];

beforeEach(() => {
  complaints = (["error", "warn", "info", "log", "debug"] as const).map((name) => vi.spyOn(console, name));
  onTestFinished(clearPools); // the next server may have the same port, and would be met by the last one's connection
});

afterEach(() => {
  expect(complaints.flatMap((spy) => spy.mock.calls)).toEqual([]);
});

if (typeof document !== "undefined") {
  const { cleanup } = await import("@testing-library/react");
  afterEach(cleanup);
}
