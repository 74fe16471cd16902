import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const docs = readFileSync(resolve(ROOT, "docs/web.md"), "utf8");
const styles = readFileSync(resolve(ROOT, "web/src/components/styles/tokens.css"), "utf8");

/** The properties of a style sheet, by name. */
function properties(css: string): Map<string, string> {
  return new Map(
    [...css.matchAll(/(--ssio-[\w-]+):\s*([^;]+);/g)].map(([, name = "", value = ""]) => [name, value]),
  );
}

test("the documentation's table of tokens is the style sheet's, by day and at night", () => {
  const [day = "", night = ""] = styles.split("@media");
  const [light, dark] = [properties(day), properties(night)];
  expect(light.size).toBeGreaterThan(20);
  expect([...dark.keys()].filter((name) => !light.has(name))).toEqual([]);
  const rows = [...docs.matchAll(/^\| `(--ssio-[\w-]+)` \| `([^|]+)` \| (?:`([^|]+)`)? ?\| \S.* \|$/gm)].map(
    ([, name, value, other]) => [name, value, other],
  );
  expect(rows).toEqual([...light].map(([name, value]) => [name, value, dark.get(name)]));
});

test("each kind of token has its picture in the documentation", () => {
  for (const name of ["colours", "colours-dark", "radius", "fonts", "german", "german-phone"]) {
    expect(docs).toContain(`](images/${name}.png)`);
    expect(existsSync(resolve(ROOT, `docs/images/${name}.png`))).toBe(true);
  }
});
