import "fake-indexeddb/auto";
import { afterEach, beforeEach, expect, onTestFinished, vi, type MockInstance } from "vitest";
import { clearPools } from "../src/client/pool.js";

const PATIENCE_MS = 20_000; // what a busy machine may take over that which comes at once elsewhere
const { waitFor } = vi;
vi.waitFor = (look, options = {}) =>
  waitFor(look, { timeout: PATIENCE_MS, ...(typeof options === "number" ? { timeout: options } : options) });

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
  const { cleanup, configure } = await import("@testing-library/react");
  configure({ asyncUtilTimeout: PATIENCE_MS });
  afterEach(cleanup);
}
