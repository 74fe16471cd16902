/**
 * Writes into `lib` what of the package is no module: its style sheets, each one file that needs no bundler (`styles.css` in
 * layers; `styles.unlayered.css` for pages whose resets are in none, and would beat any), and the service worker.
 */
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";

const SOURCES = new URL("src/components/styles/", import.meta.url);
const LIBRARY = new URL("lib/", import.meta.url);
const HEAD = /^\/\*.+?\*\/\n@layer [^;]+;\n/s; // the comment on layers, and their order
const IMPORT = /^@import "\.\/(.+)" layer\((.+)\);\n/gm;

const index = readFileSync(new URL("index.css", SOURCES), "utf8");
const content = (name) => readFileSync(new URL(name, SOURCES), "utf8");
const layered = index.replace(IMPORT, (_, name, layer) => `\n@layer ${layer} {\n${content(name)}}\n`);
const unlayered = index.replace(HEAD, "").replace(IMPORT, (_, name) => content(name));

writeFileSync(new URL("styles.css", LIBRARY), layered);
writeFileSync(new URL("styles.unlayered.css", LIBRARY), unlayered);
copyFileSync(new URL("public/sw.js", import.meta.url), new URL("sw.js", LIBRARY));
for (const name of ["styles.css", "styles.unlayered.css", "sw"])
  writeFileSync(
    new URL(`${name}.d.ts`, LIBRARY),
    "// Nothing is to be had from it but that it is there.\nexport {};\n",
  );
