import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const SOURCES = resolve(import.meta.dirname, "../src");
const LAYERS = ["page", "adapters", "components", "hooks", "notifications", "client"]; // each may import what stands after it
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

test("imports point one way: client ← notifications ← hooks ← components ← adapters ← page", () => {
  const layerOf = (file: string): number => LAYERS.indexOf(file.split("/", 1)[0] ?? "");
  const wrong = [...imports()].flatMap(([file, targets]) =>
    targets
      .filter((target) => layerOf(file) >= 0 && layerOf(target) >= 0 && layerOf(target) < layerOf(file))
      .map((target) => `${file} → ${target}`),
  );
  expect(wrong).toEqual([]);
});

test("nothing imports an adapter: who uses none pays for none", () => {
  const isAdapter = (file: string): boolean => file.startsWith("adapters/");
  const adapters = [...imports()].filter(([file]) => isAdapter(file));
  expect(adapters.length).toBeGreaterThan(2);
  expect([...imports()].filter(([file, targets]) => !isAdapter(file) && targets.some(isAdapter))).toEqual([]);
});
