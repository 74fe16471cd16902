import type { Unsent, UnsentStore } from "../../src/client/outbox/unsent.js";

/** Keeps unsent messages for as long as a test lives. */
export class MemoryStore implements UnsentStore {
  readonly #byId = new Map<string, Unsent>();

  async all(chat: string): Promise<Unsent[]> {
    return [...this.#byId.values()]
      .filter((unsent) => unsent.chat === chat)
      .sort((a, b) => a.order - b.order);
  }

  async put(unsent: Unsent): Promise<void> {
    this.#byId.set(unsent.id, unsent);
  }

  async remove(id: string): Promise<void> {
    this.#byId.delete(id);
  }

  subscribe(): () => void {
    return () => {}; // nobody else can reach it
  }
}
