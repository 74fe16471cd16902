const LINGER_MS = 1_000; // a StrictMode remount, or the way from one page to the next, takes less

interface Place<Item> {
  readonly item: Item;
  holders: number;
  ending?: ReturnType<typeof setTimeout>;
}

/** A hold on an item of a pool. Letting go twice is as good as once. */
export interface Lease<Item> {
  readonly item: Item;
  /** Lets go. */
  readonly release: () => void;
}

const pools: { clear(): void }[] = [];

/** Ends at once what all pools hold, though it is taken: tests leave each other nothing. */
export function clearPools(): void {
  pools.forEach((pool) => pool.clear());
}

/** Items that are shared by their keys: the first holder makes one; it ends shortly after the last has let go. */
export class Pool<Item> {
  readonly #places = new Map<string, Place<Item>>();
  readonly #end: (item: Item) => void;

  constructor(end: (item: Item) => void) {
    this.#end = end;
    pools.push(this);
  }

  take(key: string, make: () => Item): Lease<Item> {
    const place = this.#places.get(key) ?? { item: make(), holders: 0 };
    this.#places.set(key, place);
    clearTimeout(place.ending);
    place.holders += 1;
    let held = true;
    return {
      item: place.item,
      release: () => {
        if (held) this.#release(key, place);
        held = false;
      },
    };
  }

  /** The item of a key, if there is one. */
  peek(key: string): Item | undefined {
    return this.#places.get(key)?.item;
  }

  /** All items, the one longest here first. */
  items(): Item[] {
    return [...this.#places.values()].map(({ item }) => item);
  }

  /** Ends all items now. */
  clear(): void {
    for (const [key, place] of this.#places) this.#close(key, place);
  }

  #release(key: string, place: Place<Item>): void {
    place.holders -= 1;
    if (place.holders > 0 || this.#places.get(key) !== place) return;
    place.ending = setTimeout(() => this.#close(key, place), LINGER_MS);
  }

  #close(key: string, place: Place<Item>): void {
    clearTimeout(place.ending);
    this.#places.delete(key);
    this.#end(place.item);
  }
}
