import { configuration } from "./config.js";
import { Connection } from "./connection.js";
import { watchPage } from "./page.js";
import { Pool, type Lease } from "./pool.js";

/** Who connects, and where to. Connections are shared by `token`, `url` and `path`. */
export interface ConnectOptions {
  /** The API key, or a JWT: see `freshToken` of `configure` for those that end. */
  token: string;
  /** Default: what `configure` was told, else the page's own origin. */
  url?: string | undefined;
  /** Default: what `configure` was told, else `/api/socketio`. */
  path?: string | undefined;
  /** False: the connection waits for its `open`. Default: true. */
  autoConnect?: boolean | undefined;
  /** Whether a connection that was lost is tried again. Default: true. */
  reconnection?: boolean | undefined;
  /** How often, before it is given up. Default: without end. */
  reconnectionAttempts?: number | undefined;
}

interface Watched {
  readonly connection: Connection;
  readonly unwatch: () => void;
}

const pool = new Pool<Watched>(({ connection, unwatch }) => {
  unwatch();
  connection.close();
});

/**
 * Takes the connection that all callers share that have the same url, path and token: the first opens it, and shortly after
 * the last has let go it is closed. How it reconnects is as the first asked.
 */
export function takeConnection(options: ConnectOptions): Lease<Connection> {
  const { url, path, enableWebsockets, freshToken } = configuration();
  const lease = pool.take(connectionKey(options), () => {
    const connection = new Connection({
      ...options,
      url: options.url ?? url,
      path: options.path ?? path,
      enabled: enableWebsockets,
      freshToken,
    });
    return { connection, unwatch: watchPage(connection) };
  });
  if (options.autoConnect !== false && lease.item.connection.state.get().status === "idle")
    lease.item.connection.open();
  return { item: lease.item.connection, release: lease.release };
}

/** The name under which a connection is shared. */
export function connectionKey(options: Pick<ConnectOptions, "url" | "path" | "token">): string {
  const { url, path } = configuration();
  return JSON.stringify([options.url ?? url, options.path ?? path, options.token]);
}

/** The shared connection of this name, if it is taken. */
export function sharedConnection(key: string): Connection | undefined {
  return pool.peek(key)?.connection;
}

/** The connection that was taken last. */
export function latestConnection(): Connection | undefined {
  return pool.items().at(-1)?.connection;
}
