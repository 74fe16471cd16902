import type { Presence, PresenceUpdated } from "../events.gen.js";
import type { Connection } from "./connection.js";
import { isPassing } from "./errors.js";
import { Store } from "./store.js";

const USERS_MAX = 100; // of one `presence:subscribe`
const ID = /^.{1,128}$/su; // one that is none would have the others refused with it
const RETRY_MS = 2_000; // where a refusal names no time

/** How a user is; `offline` also stands for one of whom nothing is known yet. */
export type Status = Presence["status"];

/** How users are, by their ids. */
export type PresenceMap = Readonly<Record<string, Presence>>;

/** What is known of users' presence on one connection. A user who is asked about for the first time is subscribed to. */
export class PresenceBook {
  readonly known = new Store<PresenceMap>({});
  readonly #connection: Connection;
  readonly #wanted = new Set<string>(); // all users asked about, to be subscribed to again by a new connection
  readonly #waiting = new Set<string>();
  readonly #latest = new Map<string, number>(); // timestamp of the newest event of each user

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.on("presence:updated", (news) => this.#hear(news));
    connection.state.subscribe(() => connection.isConnected && this.#again());
    if (connection.isConnected) this.#again();
  }

  /** Sees to it that news of a user are heard. May be called while rendering. */
  ask(userId: string): void {
    if (this.#wanted.has(userId) || !ID.test(userId)) return;
    this.#wanted.add(userId);
    this.#want([userId]);
  }

  #again(): void {
    this.#want(this.#wanted);
  }

  #want(userIds: Iterable<string>): void {
    const isOnItsWay = this.#waiting.size > 0;
    for (const userId of userIds) this.#waiting.add(userId);
    if (!isOnItsWay && this.#waiting.size > 0) queueMicrotask(() => this.#subscribe());
  }

  #subscribe(): void {
    const userIds = [...this.#waiting];
    this.#waiting.clear();
    if (!this.#connection.isConnected) return; // asked for again when there is a connection
    for (let at = 0; at < userIds.length; at += USERS_MAX)
      void this.#learn(userIds.slice(at, at + USERS_MAX));
  }

  async #learn(userIds: string[]): Promise<void> {
    const before = new Map(userIds.map((userId) => [userId, this.#latest.get(userId)]));
    try {
      const { presence } = await this.#connection.ask("presence:subscribe", { userIds });
      const unheard = Object.entries(presence).filter(
        ([userId]) => this.#latest.get(userId) === before.get(userId),
      );
      this.known.set({ ...this.known.get(), ...Object.fromEntries(unheard) });
    } catch (error) {
      if (isPassing(error)) setTimeout(() => this.#want(userIds), error.extra.retryAfterMs ?? RETRY_MS);
    }
  }

  #hear({ userId, status, lastSeen, timestamp }: PresenceUpdated): void {
    if (timestamp < (this.#latest.get(userId) ?? 0)) return; // overtaken on its way
    this.#latest.set(userId, timestamp);
    this.known.set({ ...this.known.get(), [userId]: { status, lastSeen } });
  }
}

const books = new WeakMap<Connection, PresenceBook>();

/** The book of a connection: one for all who ask. */
export function presenceOf(connection: Connection): PresenceBook {
  const book = books.get(connection) ?? new PresenceBook(connection);
  books.set(connection, book);
  return book;
}
