/**
 * Builds the example apps of docs/examples/web, with the package as it is published, into a folder: `node build.mjs folder`.
 * Their types are checked first, as whoever copies one would.
 */
import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { build } from "vite";

const ROOT = resolve(import.meta.dirname, "../..");
const EXAMPLES = resolve(ROOT, "docs/examples/web");
const folder = resolve(process.argv[2]);
const run = (command, options, cwd) => execFileSync(command, options, { cwd, stdio: "inherit" });

run("npm", ["run", "--silent", "build"], resolve(ROOT, "web"));
run(resolve(ROOT, "node_modules/.bin/tsc"), ["-p", EXAMPLES], ROOT);
for (const name of process.argv.slice(3))
  await build({
    root: resolve(EXAMPLES, name),
    configFile: false,
    logLevel: "error",
    base: "./",
    build: { outDir: resolve(folder, name), emptyOutDir: true, target: "es2022" },
  });
