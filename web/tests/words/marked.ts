type Say = (...given: unknown[]) => unknown;

/** Words of a language that nobody speaks: each is its own path in marks, e.g. `⟦chat.send⟧`. What has no mark is no word. */
export function marked<Words>(words: Words, path = ""): Words {
  return mark(words, path) as Words;
}

function mark(words: unknown, path: string): unknown {
  if (typeof words === "string") return path === "language" ? words : `⟦${path}⟧`;
  if (typeof words === "function")
    return (...given: unknown[]) => phrase((words as Say)(...given), given, path);
  if (Array.isArray(words)) return words.map((word, at) => mark(word, `${path}.${at}`));
  const entries = Object.entries(words as object);
  return Object.fromEntries(
    entries.map(([name, value]) => [name, mark(value, path === "" ? name : `${path}.${name}`)]),
  );
}

/** What a function says: a phrase keeps what stands in it. */
function phrase(made: unknown, given: readonly unknown[], path: string): unknown {
  if (!Array.isArray(made)) return `⟦${path}⟧`;
  return made.map((part: unknown) => (given.includes(part) ? part : `⟦${path}⟧`));
}

/** The paths of all words. */
export function pathsOf(words: object): string[] {
  const paths = JSON.stringify(marked(words), (_, value: unknown) =>
    typeof value === "function" ? (value as Say)("", 0, 0) : value,
  ).matchAll(/⟦([^⟧]+)⟧/g);
  return [...new Set([...paths].map(([, path = ""]) => path))];
}

const READ = ["alt", "aria-description", "aria-label", "aria-valuetext", "placeholder", "title"];
const BY_MACHINES = "code, option, .ssio-avatar"; // frames and settings, names of time zones, first letters of names

/** What a page shows and says, without what machines wrote. */
export function textsOf(root: Element): string[] {
  const texts = [document.title];
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    if (node instanceof Element) texts.push(...attributesOf(node));
    else if (!node.parentElement?.closest(BY_MACHINES)) texts.push(node.nodeValue ?? "");
  }
  return texts.filter((text) => text.trim() !== "");
}

function attributesOf(element: Element): string[] {
  return READ.map((name) => element.getAttribute(name) ?? "");
}

/** The parts of texts that have letters and no mark. */
export function unmarked(texts: readonly string[]): string[] {
  return texts.filter((text) => /\p{L}/u.test(text.replaceAll(/⟦[^⟧]*⟧/g, "")));
}
