import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, onTestFinished, vi, type MockInstance } from "vitest";
import { clearPools } from "../src/client/pool.js";

// A warning of React's, or an error that nobody catches, is a defect.
let complaints: MockInstance[];

beforeEach(() => {
  complaints = [vi.spyOn(console, "error"), vi.spyOn(console, "warn")];
  onTestFinished(clearPools); // the next server may have the same port, and would be met by the last one's connection
});

afterEach(() => {
  expect(complaints.flatMap((spy) => spy.mock.calls)).toEqual([]);
});

if (typeof document !== "undefined") {
  const { cleanup } = await import("@testing-library/react");
  afterEach(cleanup);
}
