import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, vi, type MockInstance } from "vitest";

// A warning of React's, or an error that nobody catches, is a defect.
let complaints: MockInstance[];

beforeEach(() => {
  complaints = [vi.spyOn(console, "error"), vi.spyOn(console, "warn")];
});

afterEach(() => {
  expect(complaints.flatMap((spy) => spy.mock.calls)).toEqual([]);
});

if (typeof document !== "undefined") {
  const { cleanup } = await import("@testing-library/react");
  afterEach(cleanup);
}
