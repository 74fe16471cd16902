import type { KnownLine } from "./line.js";

/**
 * The lines that are shown: of an answer that was given again the newest alone, which has those before it as `former`. What
 * `replaced` names is left out, too: an answer in its place has begun, and has not said a word yet.
 */
export class Versions {
  readonly #shown = new WeakMap<KnownLine, KnownLine>(); // an unchanged line stays the same object

  of(lines: readonly KnownLine[], replaced?: string): readonly KnownLine[] {
    const hidden = new Set(lines.flatMap(({ replaces }) => replaces ?? []));
    if (replaced !== undefined) hidden.add(replaced);
    if (hidden.size === 0) return lines;
    const versions = new Map<string, readonly KnownLine[]>(); // of each answer, up to itself
    for (const line of lines) {
      const former = (line.replaces !== undefined && versions.get(line.replaces)) || [];
      versions.set(line.messageId, [...former, line]);
    }
    return lines
      .filter(({ messageId }) => !hidden.has(messageId))
      .map((line) => this.#with(line, versions.get(line.messageId)?.slice(0, -1) ?? []));
  }

  #with(line: KnownLine, former: readonly KnownLine[]): KnownLine {
    if (former.length === 0) return line;
    const known = this.#shown.get(line);
    if (known?.former?.length === former.length && known.former.every((each, at) => each === former[at]))
      return known;
    const shown = { ...line, former };
    this.#shown.set(line, shown);
    return shown;
  }
}
