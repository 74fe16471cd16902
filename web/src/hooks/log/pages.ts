import type { ChatLine } from "../../client/chat/line.js";

const PAGE_LINES = 20;

/** Neighbouring lines that are shown, or left out, together. */
export interface LinePage {
  readonly id: number;
  readonly lines: readonly ChatLine[];
  /** The line before the first one: whether a new day begins shows only beside it. */
  readonly before: ChatLine | undefined;
}

/**
 * Cuts lines into pages. Where they are cut is counted from the line that was first when it all began, so that neither
 * lines before it nor lines after it move a cut, and a page that has not changed is the same object as before.
 */
export class Paginator {
  #origin: string | undefined;
  #pages = new Map<number, LinePage>();

  pages(lines: readonly ChatLine[]): LinePage[] {
    const cuts = this.#cuts(lines);
    const pages = cuts.map((start, at) =>
      this.#page(Math.floor((start - this.#originAt(lines)) / PAGE_LINES), {
        lines: lines.slice(start, cuts[at + 1]),
        before: lines[start - 1],
      }),
    );
    this.#pages = new Map(pages.map((page) => [page.id, page]));
    return pages;
  }

  #cuts(lines: readonly ChatLine[]): number[] {
    const first = this.#originAt(lines) % PAGE_LINES;
    const cuts = first > 0 ? [0] : [];
    for (let cut = first; cut < lines.length; cut += PAGE_LINES) cuts.push(cut);
    return cuts;
  }

  #originAt(lines: readonly ChatLine[]): number {
    const at = lines.findIndex(({ key }) => key === this.#origin);
    if (at >= 0) return at;
    this.#origin = lines[0]?.key;
    return 0;
  }

  #page(id: number, page: Omit<LinePage, "id">): LinePage {
    const known = this.#pages.get(id);
    const isSame = known && known.before?.key === page.before?.key && areSame(known.lines, page.lines);
    return isSame ? known : { id, ...page };
  }
}

function areSame(some: readonly ChatLine[], others: readonly ChatLine[]): boolean {
  return some.length === others.length && some.every((line, at) => line === others[at]);
}
