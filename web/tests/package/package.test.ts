import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { build, parseSync, type Rolldown } from "vite";
import { beforeAll, expect, test } from "vitest";

const WEB = resolve(import.meta.dirname, "../..");
const SITE = resolve(WEB, "node_modules/.site"); // somebody's application: the package is installed, the rest is found above
const INSTALLED = resolve(SITE, "node_modules/@serverless-socketio/react");
const PACKAGE_BYTES_MAX = 124 * 1024; // two languages, colours of code, the worker and the adapters among them
const CDN_BYTES_MAX = { "cdn.js": 124_000, "cdn.colours.js": 54_000 }; // gzip, as a CDN sends them: two languages
const ADAPTER_LINES_MAX = 150;
const CLIENT_BYTES_MAX = 26 * 1024; // hooks and core with socket.io-client, without React; gzip

interface Packed {
  filename: string;
  size: number;
  files: { path: string }[];
}

let packed: Packed;

beforeAll(() => {
  rmSync(SITE, { recursive: true, force: true });
  mkdirSync(INSTALLED, { recursive: true });
  const said = execFileSync("npm", ["pack", "--json", "--silent", "--pack-destination", SITE], {
    cwd: WEB,
    encoding: "utf8",
  });
  packed = (JSON.parse(said.slice(said.indexOf("[\n"))) as [Packed])[0];
  execFileSync("tar", ["-xzf", resolve(SITE, packed.filename), "-C", INSTALLED, "--strip-components=1"]);
}, 60_000);

interface Manifest {
  exports: Record<string, string | Record<string, string>>;
  files: [string];
  license: string;
  repository: { type: string; directory: string };
  keywords: string[];
  unpkg: string;
  jsdelivr: string;
  style: string;
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(resolve(INSTALLED, "package.json"), "utf8")) as Manifest;
}

/** What a bundler makes of a module; React is there already. */
async function bundled(source: string): Promise<string> {
  writeFileSync(resolve(SITE, "main.tsx"), source);
  const output = (await build({
    root: SITE,
    configFile: false,
    logLevel: "error",
    define: { "process.env.NODE_ENV": '"production"' },
    build: { write: false, rolldownOptions: { input: resolve(SITE, "main.tsx"), external: /^react/ } },
  })) as Rolldown.RolldownOutput;
  return output.output.map((file) => ("code" in file ? file.code : "")).join("");
}

test("the package is small, and holds what it exports and no more", () => {
  expect(packed.size - cdnBytes()).toBeLessThan(PACKAGE_BYTES_MAX);
  const { exports, files } = manifest();
  const others = packed.files.map(({ path }) => path).filter((path) => !path.startsWith(`${files[0]}/`));
  expect(others.toSorted()).toEqual(["LICENSE", "README.md", "package.json"]);
  const targets = Object.values(exports).flatMap((target) =>
    typeof target === "string" ? target : Object.values(target),
  );
  for (const target of targets) {
    const pattern = new RegExp(`^${target.replace("./", "").replace("*", ".*")}$`);
    expect(packed.files.filter(({ path }) => pattern.test(path))).not.toEqual([]);
  }
});

/** What the builds for CDNs take of it. */
function cdnBytes(): number {
  const sizes = Object.entries(CDN_BYTES_MAX).map(([name, most]) => {
    const size = gzipSync(readFileSync(resolve(INSTALLED, "lib", name))).length;
    expect(size).toBeLessThan(most);
    return size;
  });
  return sizes.reduce((sum, size) => sum + size);
}

test("what a CDN serves needs no bundler: a module that asks for nothing but the colours of code", () => {
  const { unpkg, jsdelivr, style } = manifest();
  expect([unpkg, jsdelivr, style]).toEqual(["./lib/cdn.js", "./lib/cdn.js", "./lib/styles.css"]);
  const text = (name: string): string => readFileSync(resolve(INSTALLED, "lib", name), "utf8");
  const loaded = (name: string): (string | undefined)[] => [
    ...parseSync(name, text(name)).program.body.flatMap((part) =>
      "source" in part && part.source ? [part.source.value] : [],
    ),
    ...[...text(name).matchAll(/\bimport\(["'`]([^"'`]+)/g)].map(([, path]) => path),
  ];
  expect(loaded("cdn.js")).toEqual(["./cdn.colours.js"]);
  expect(loaded("cdn.colours.js")).toEqual([]);
  for (const name of Object.keys(CDN_BYTES_MAX)) expect(text(name)).not.toContain("process.env.NODE_ENV");
});

test("publint and attw find nothing wrong with it", () => {
  const tarball = resolve(SITE, packed.filename);
  const entries = ["hooks/useSocket", "components/chat/RealTimeChatInterface"]; // of the patterns, one each
  expect(said("publint", tarball, "--strict")).toContain("All good!");
  const types = said("attw", tarball, "--profile", "esm-only", "--include-entrypoints", ...entries);
  expect(types).toContain("(ESM)");
}, 60_000);

test("it says what it is, where it comes from, and what one may do with it", () => {
  const { license, repository, keywords } = manifest();
  expect({ license, repository }).toEqual({ license: "MIT", repository: { type: "git", directory: "web" } });
  expect(keywords).toContain("socket.io");
  const licence = (folder: string): string => readFileSync(resolve(folder, "LICENSE"), "utf8");
  expect(licence(INSTALLED)).toBe(licence(resolve(WEB, "..")));
});

test("the service worker is in it, as the page has it, and the README says how to serve it", () => {
  const text = (folder: string, name: string): string => readFileSync(resolve(folder, name), "utf8");
  expect(text(INSTALLED, "lib/sw.js")).toBe(text(WEB, "public/sw.js"));
  expect(text(INSTALLED, "README.md")).toContain("node_modules/@serverless-socketio/react/lib/sw.js");
});

test("every class of its styles has its prefix, and all of them are in layers that stand in one order", () => {
  const styles = readFileSync(resolve(INSTALLED, "lib/styles.css"), "utf8");
  const bare = styles.replaceAll(/\/\*.*?\*\//gs, "");
  const classes = [
    ...bare.replaceAll("@layer components.ssio", "").matchAll(/\.(-?[a-z_][\w-]*)(?=[^{}]*\{)/gi),
  ].map(([, name]) => name);
  expect(classes.length).toBeGreaterThan(100);
  expect(classes.filter((name) => !name?.startsWith("ssio-"))).toEqual([]);
  expect(bare.trimStart().startsWith("@layer theme, base, components, utilities;")).toBe(true);
  expect(outsideOfBlocks(bare)).toEqual([
    "@layer theme, base, components, utilities;",
    "@layer theme",
    ...Array<string>(11).fill("@layer components.ssio"),
  ]);
  expect(readFileSync(resolve(INSTALLED, "lib/styles.unlayered.css"), "utf8")).not.toContain("@layer");
});

/** What stands at the top of a style sheet. */
function outsideOfBlocks(styles: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  for (const [piece] of styles.matchAll(/[{}]|[^{};]+;?/g)) {
    if (piece === "{") depth += 1;
    else if (piece === "}") depth -= 1;
    else if (depth === 0 && piece.trim()) parts.push(piece.trim());
  }
  return parts;
}

/** What a tool says, from where it is installed. It throws where that ends with an error. */
function said(tool: string, ...options: string[]): string {
  return execFileSync(resolve(WEB, "../node_modules/.bin", tool), options, { cwd: SITE, encoding: "utf8" });
}

test("hooks are a client's, as frameworks with server components ask", () => {
  for (const name of ["useSocket", "useChat", "useTyping", "usePresence"]) {
    expect(readFileSync(resolve(INSTALLED, manifest().files[0], `hooks/${name}.js`), "utf8")).toMatch(
      /^"use client";/,
    );
  }
});

test("the pages of the documentation compile", () => {
  cpSync(resolve(import.meta.dirname, "examples"), resolve(SITE, "app"), { recursive: true });
  const options = {
    strict: true,
    noEmit: true,
    jsx: "react-jsx",
    module: "esnext",
    moduleResolution: "bundler",
    lib: ["es2023", "dom"],
  };
  writeFileSync(
    resolve(SITE, "tsconfig.json"),
    JSON.stringify({ compilerOptions: { ...options, types: [] }, include: ["app"] }),
  );
  const compiler = resolve(WEB, "../node_modules/.bin/tsc");
  expect(existsSync(compiler)).toBe(true);
  expect(() => execFileSync(compiler, ["-p", SITE], { encoding: "utf8" })).not.toThrow();
}, 30_000);

test("a bundler takes along only what is used", async () => {
  const source = 'import { useTyping } from "@serverless-socketio/react"; console.log(useTyping);';
  const code = await bundled(source);
  expect(code).not.toMatch(/engine\.io|websocket|indexedDB/i);
  expect(code.length).toBeLessThan(3_000);
});

test("an adapter stays small", () => {
  for (const name of ["ai-sdk", "assistant-ui", "ag-ui"]) {
    const source = readFileSync(resolve(WEB, `src/adapters/${name}.ts`), "utf8");
    const lines = source.split("\n").filter((line) => !/^\s*(\/\*\*|\*)/.test(line)).length; // TSDoc aside
    expect(lines).toBeLessThanOrEqual(ADAPTER_LINES_MAX);
  }
});

test("hooks and core with their client stay within their size", async () => {
  const names = "useChat, useChatSocket, usePresence, useSocket, useTyping, subscribeToPushNotifications";
  const bytes = gzipSync(
    await bundled(`import { ${names} } from "@serverless-socketio/react"; console.log(${names});`),
  ).length;
  expect(bytes).toBeLessThan(CLIENT_BYTES_MAX);
}, 30_000);
