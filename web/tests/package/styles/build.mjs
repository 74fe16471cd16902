/**
 * Builds somebody else's page with the package as it is published, and the style sheets that it may have, into a folder:
 * `node build.mjs folder`. Tailwind and daisyUI are those from npm.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import tailwind from "@tailwindcss/vite";
import { build } from "vite";

const HERE = import.meta.dirname;
const WEB = resolve(HERE, "../../..");
const folder = resolve(process.argv[2]);
const OURS = '@import "@serverless-socketio/react/styles.css";\n';
const UNLAYERED = '@import "@serverless-socketio/react/styles.unlayered.css";\n';
const THEIRS = `@import "tailwindcss" source(none);\n@source "${HERE}/index.html";\n@source "${HERE}/main.tsx";\n`;
const DAISY = '@plugin "daisyui";\n';
const RESET =
  "* { margin: 0; padding: 0; box-sizing: border-box }\nbutton, input { border: 0; background: none; font: inherit }\n";
const sheets = {
  none: "",
  ours: OURS,
  theirs: THEIRS + DAISY,
  "ours-first": OURS + THEIRS + DAISY,
  "ours-last": THEIRS + OURS + DAISY,
  reset: `@layer base {\n${RESET}}\n`,
  "reset-in-layer": `${OURS}@layer base {\n${RESET}}\n`,
  unlayered: UNLAYERED,
  "unlayered-reset": `${UNLAYERED}${RESET}`,
};

execFileSync("npm", ["run", "--silent", "build"], { cwd: WEB, stdio: "inherit" });
const sources = resolve(WEB, "node_modules/.styles");
mkdirSync(sources, { recursive: true });
for (const [name, text] of Object.entries(sheets)) writeFileSync(resolve(sources, `${name}.css`), text);

const shared = { configFile: false, logLevel: "error", plugins: [tailwind()] };
await build({ ...shared, root: HERE, build: { outDir: folder, emptyOutDir: true } });
for (const name of Object.keys(sheets))
  await build({
    ...shared,
    root: sources,
    build: {
      outDir: folder,
      emptyOutDir: false,
      rolldownOptions: {
        input: resolve(sources, `${name}.css`),
        output: { assetFileNames: "[name][extname]" },
      },
    },
  });
