import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const SOURCES = resolve(import.meta.dirname, "../src");
/** What the files of a folder may import beside each other. A folder that is not here may not be there. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  client: [], // runs without React, in any front end
  notifications: ["client"], // the same, and in a service worker
  words: ["client"], // what is said: the client's reasons and errors by name
  hooks: ["client", "words", "notifications"], // React's view of them
  components: ["client", "hooks", "notifications", "words"],
  adapters: ["client", "hooks"], // for other front ends: nothing of how ours looks
  page: ["client", "hooks", "components", "notifications", "words"],
  "index.ts": ["client", "hooks", "components", "notifications", "words"], // the package's main door; adapters have their own
  "cdn.tsx": ["index.ts"], // the main door, for pages without a bundler
  "events.gen.ts": [],
};
const SHARED = ["events.gen.ts"]; // the events' types and bounds, for all
const WITHOUT_REACT = ["client", "notifications", "words"];
const IMPORT = /(?:from|import)\s*\(?"(\.[^"]+)"/g;

/** What each file imports of its own kind: types count, since who reads one file has to read the other. */
function imports(): Map<string, string[]> {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) =>
    /\.tsx?$/.test(file),
  );
  return new Map(files.map((file) => [file, targetsOf(file, new Set(files))]));
}

function targetsOf(file: string, files: ReadonlySet<string>): string[] {
  const code = readFileSync(join(SOURCES, file), "utf8");
  return [...code.matchAll(IMPORT)].flatMap(([, path = ""]) => {
    const target = relative(SOURCES, resolve(SOURCES, dirname(file), path)).replace(/\.js$/, "");
    return [`${target}.ts`, `${target}.tsx`].filter((found) => files.has(found));
  });
}

/** The files of a graph that can be reached from themselves. */
function cyclic(graph: ReadonlyMap<string, string[]>): string[] {
  return [...graph.keys()].filter((file) => {
    const reached = new Set(graph.get(file));
    for (const each of reached) graph.get(each)?.forEach((next) => reached.add(next));
    return reached.has(file);
  });
}

test("no file imports itself by way of others, types included", () => {
  const graph = imports();
  expect(graph.size).toBeGreaterThan(50);
  expect(cyclic(graph)).toEqual([]);
});

const folderOf = (file: string): string => file.split("/", 1)[0] ?? "";

test("client ← hooks ← components ← page: a folder imports only what it may", () => {
  const wrong = [...imports()].flatMap(([file, targets]) => {
    const may = [folderOf(file), ...SHARED, ...(MAY_IMPORT[folderOf(file)] ?? [])];
    return targets.filter((target) => !may.includes(folderOf(target))).map((target) => `${file} → ${target}`);
  });
  expect(wrong).toEqual([]);
});

test("every folder has its place, and every permission is used", () => {
  const graph = imports();
  expect([...new Set([...graph.keys()].map(folderOf))].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
  const used = new Set(
    [...graph].flatMap(([file, targets]) => targets.map((to) => `${folderOf(file)} → ${folderOf(to)}`)),
  );
  const allowed = Object.entries(MAY_IMPORT).flatMap(([from, may]) => may.map((to) => `${from} → ${to}`));
  expect(allowed.filter((each) => !used.has(each))).toEqual([]);
});

test("client, notifications and words import no React, types included", () => {
  const files = [...imports().keys()].filter((file) => WITHOUT_REACT.includes(folderOf(file)));
  expect(files.length).toBeGreaterThan(20);
  const react = /(?:from|import)\s*\(?"react(?:-dom)?(?:\/[^"]*)?"/;
  expect(files.filter((file) => react.test(readFileSync(join(SOURCES, file), "utf8")))).toEqual([]);
});

test("who pushes nothing loads no notifications: one hook does", () => {
  const hooks = [...imports()].filter(([file]) => folderOf(file) === "hooks");
  const pushing = hooks.filter(([, targets]) => targets.some((to) => folderOf(to) === "notifications"));
  expect(pushing.map(([file]) => file)).toEqual(["hooks/usePush.ts"]);
});

test("nothing imports an adapter: who uses none pays for none", () => {
  const isAdapter = (file: string): boolean => file.startsWith("adapters/");
  const adapters = [...imports()].filter(([file]) => isAdapter(file));
  expect(adapters.length).toBeGreaterThan(2);
  expect([...imports()].filter(([file, targets]) => !isAdapter(file) && targets.some(isAdapter))).toEqual([]);
});
