import { ChatSession } from "./chat/session.js";
import type { InitialChat } from "./chat/state.js";
import type { Connection } from "./connection.js";
import { connectionKey, takeConnection, type ConnectOptions } from "./connections.js";
import { IndexedDbStore } from "./outbox/indexeddb.js";
import { oneAtATime } from "./outbox/turn.js";
import { Pool, type Lease } from "./pool.js";

/** Whose chat it is, with which agent. Sessions are shared as their connections are. */
export interface ChatOptions extends ConnectOptions {
  agentId: string;
  userId: string;
  initial?: InitialChat | undefined;
}

/** A chat, and the connection that it is on. */
export interface Chat {
  readonly session: ChatSession;
  readonly connection: Connection;
}

const pool = new Pool<Chat & { release: () => void }>(({ session, release }) => {
  session.end();
  release();
});

let store: IndexedDbStore | undefined;

/** Takes the session that all callers share that have the same chat on the same connection. */
export function takeChat(options: ChatOptions): Lease<Chat> {
  return pool.take(chatKey(options), () => {
    const { item: connection, release } = takeConnection(options);
    store ??= new IndexedDbStore();
    const session = new ChatSession({ ...options, connection, store, turn: oneAtATime });
    session.start();
    return { session, connection, release };
  });
}

/** The name under which a chat is shared. */
export function chatKey(options: Pick<ChatOptions, "url" | "path" | "token" | "agentId" | "userId">): string {
  return JSON.stringify([connectionKey(options), options.agentId, options.userId]);
}

/** The shared chat of this name, if it is taken. */
export function sharedChat(key: string): Chat | undefined {
  return pool.peek(key);
}
