/** Where the chat is, and what of it is switched on. */
export interface Config {
  /** The origin that Socket.IO is at. Default: `NEXT_PUBLIC_APP_URL`, or the page's own. */
  url?: string | undefined;
  /** Socket.IO's path there. At API Gateway's own endpoint: `/{stage}`. */
  path: string;
  /** `ENABLE_WEBSOCKETS`: false says so at once, and nothing is tried. */
  enableWebsockets: boolean;
  /** The server's public VAPID key, base64url. Default: the server is asked. */
  vapidPublicKey?: string | undefined;
  /**
   * Gives the token to use now in place of one that was given: asked at each connection, and with `isExpiring` when the server
   * says that the token in use ends soon. A promise that fails leaves it at that. Default: tokens are used as they are given.
   */
  freshToken?: FreshToken | undefined;
  /** Where the service worker is. */
  serviceWorker: string;
}

export type FreshToken = (token: string, isExpiring: boolean) => Promise<string>;

declare const process: { env: { NEXT_PUBLIC_APP_URL?: string; NEXT_PUBLIC_VAPID_PUBLIC_KEY?: string } };

let config: Config = { path: "/api/socketio", enableWebsockets: true, serviceWorker: "/sw.js" };

/** Changes the configuration for connections that are made from now on: call it before the first render. */
export function configure(changes: Partial<Config>): void {
  config = { ...config, ...changes };
}

/** The configuration, completed by what a bundler has put into the environment. */
export function configuration(): Config & { url: string } {
  const { appUrl, vapidPublicKey } = environment();
  return {
    ...config,
    url: config.url ?? appUrl ?? origin(),
    vapidPublicKey: config.vapidPublicKey ?? vapidPublicKey,
  };
}

function environment(): { appUrl?: string | undefined; vapidPublicKey?: string | undefined } {
  if (typeof process === "undefined") return {}; // else: named in full, as that is what bundlers replace
  return {
    appUrl: process.env.NEXT_PUBLIC_APP_URL,
    vapidPublicKey: process.env.NEXT_PUBLIC_VAPID_PUBLIC_KEY,
  };
}

function origin(): string {
  return typeof location === "undefined" ? "http://localhost:3000" : location.origin;
}
