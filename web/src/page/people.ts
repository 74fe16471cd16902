import { Connection } from "../client/connection.js";
import { configuration } from "../client/config.js";
import { ChatError, unreachable } from "../client/errors.js";
import { until } from "../client/store.js";
import type { DemoUser } from "./config.js";

const OWN = "chat.own"; // users who came with a key
const LAST = "chat.user"; // who it was that talked last

/** A user to talk as. */
export interface Person extends DemoUser {
  /** Whether the key was brought along. */
  isOwn?: boolean;
  /** Whether this user signed in at the issuer: the key only stands for the newest token. */
  isSignedIn?: boolean;
}

/** The people who came with a key on this device. */
export function ownPeople(): Person[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(OWN) ?? "[]");
    return Array.isArray(kept) ? kept.filter(isPerson).map((person) => ({ ...person, isOwn: true })) : [];
  } catch {
    return []; // storage is forbidden or spoilt: keys are asked for again
  }
}

export function keep(person: Person): void {
  write(OWN, JSON.stringify([...ownPeople().filter(({ userId }) => userId !== person.userId), person]));
}

export function forget(userId: string): void {
  write(OWN, JSON.stringify(ownPeople().filter((person) => person.userId !== userId)));
}

/** Who to be: whom the address names, else who it was last, else the first. Undefined, if the one who is named is not there. */
export function choose(people: readonly Person[], userId: string | null): Person | undefined {
  if (userId !== null) return people.find((one) => one.userId === userId);
  const last = lastUser();
  return people.find((one) => one.userId === last) ?? people[0];
}

/** Who talked last on this device: whose the links of notifications are, and the notifications themselves. */
export function lastUser(): string | null {
  return read(LAST);
}

export function remember(userId: string): void {
  write(LAST, userId);
}

/** Finds out whose key this is, by entering a chat: its room has the user's name. Throws ChatError. */
export async function whoIs(apiKey: string, agentId: string): Promise<string> {
  const { url, path, enableWebsockets, freshToken } = configuration();
  const connection = new Connection({
    url,
    path,
    token: apiKey,
    enabled: enableWebsockets,
    freshToken,
    reconnectionAttempts: 2,
  });
  try {
    connection.open();
    const state = await until(
      connection.state,
      ({ status }) => ["connected", "refused", "offline"].includes(status),
      AbortSignal.timeout(15_000),
    );
    if (state.status === "refused") throw state.error;
    const { room } = await connection.ask("chat:join", { agentId });
    return room.slice(`chat:${agentId}:`.length);
  } catch (error) {
    if (error instanceof ChatError) throw error;
    throw unreachable();
  } finally {
    connection.close();
  }
}

function isPerson(kept: unknown): kept is Person {
  const { userId, apiKey } = (kept ?? {}) as Partial<Person>;
  return typeof userId === "string" && typeof apiKey === "string";
}

function read(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function write(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // not kept, then: the page works all the same
  }
}
