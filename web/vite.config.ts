import { defineConfig } from "vitest/config";

export default defineConfig({
  publicDir: false,
  resolve: {
    alias: [{ find: /^@serverless-socketio\/react$/, replacement: `${import.meta.dirname}/src/index.ts` }],
  },
  test: {
    include: ["tests/**/*.test.{ts,tsx}"],
    maxWorkers: 2, // they wait for networks and clocks more than they compute: else one, on two processors
    setupFiles: ["tests/setup.ts"],
    restoreMocks: true,
    testTimeout: 60_000, // what hangs, not what has to wait for a busy machine
    unstubGlobals: true,
  },
});
