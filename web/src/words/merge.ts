type Part = Readonly<Record<string, unknown>>;

const merged = new WeakMap<object, WeakMap<object, object>>();

/** Words in which `changes` take the place of those before; the same object each time for the same two. */
export function withChanges<Words extends object>(words: Words, changes: object | undefined): Words {
  if (!changes || changes === words) return words;
  const known = merged.get(words) ?? new WeakMap<object, object>();
  merged.set(words, known);
  const made = known.get(changes) ?? changed(words as Part, changes as Part);
  known.set(changes, made);
  return made as Words;
}

function changed(words: Part, changes: Part): Part {
  const news = Object.entries(changes).filter(([, value]) => value !== undefined);
  return {
    ...words,
    ...Object.fromEntries(
      news.map(([name, value]) => [
        name,
        isPart(value) ? changed((words[name] ?? {}) as Part, value) : value,
      ]),
    ),
  };
}

/** Whether it has words of its own by name; a list of steps is taken as a whole. */
function isPart(value: unknown): value is Part {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
