import { readFileSync } from "node:fs";
import { runInNewContext } from "node:vm";

const SOURCE = readFileSync(new URL("../../public/sw.js", import.meta.url), "utf8");
const ORIGIN = "https://chat.example";

/** A notification as the browser was asked to show it. */
export interface Shown extends NotificationOptions {
  title: string;
  close(): void;
}

/** A window of the origin. `answer`: what its page says to the worker's question; null: it says nothing. */
export class Tab {
  readonly heard: unknown[] = [];
  focused = 0;
  canFocus = true;

  constructor(
    readonly url: string,
    readonly answer: string | null,
  ) {}

  postMessage(message: { type: string }, ports: MessagePort[] = []): void {
    this.heard.push(message);
    if (message.type === "ask" && this.answer !== null) ports[0]?.postMessage({ is: this.answer });
  }

  async focus(): Promise<void> {
    if (!this.canFocus) throw new DOMException("Not allowed to focus a window.", "InvalidAccessError");
    this.focused += 1;
  }

  /** Where it was told to go. */
  get moves(): unknown[] {
    return this.heard.filter((message) => (message as { type: string }).type === "open");
  }
}

/** The scope of a service worker, in memory, with the worker of the page in it. */
export class Scope {
  shown: Shown[] = [];
  tabs: Tab[] = [];
  readonly opened: string[] = [];
  readonly subscribedWith: unknown[] = [];
  badge: number | undefined;
  /** What the browser refuses to show. */
  refuses: (options: NotificationOptions) => boolean = () => false;
  canList = true;
  config: object | null = { vapidPublicKey: "new key" };
  readonly #listeners = new Map<string, (event: unknown) => void>();

  constructor() {
    const self = {
      location: new URL(`${ORIGIN}/sw.js`),
      navigator: {
        setAppBadge: async (count: number) => void (this.badge = count),
        clearAppBadge: async () => void (this.badge = undefined),
      },
      addEventListener: (type: string, listener: (event: unknown) => void) =>
        this.#listeners.set(type, listener),
      skipWaiting: () => undefined,
      clients: {
        matchAll: async () => this.tabs,
        openWindow: async (url: string) => void this.opened.push(url),
        claim: async () => undefined,
      },
      registration: {
        getNotifications: async () => {
          if (!this.canList) throw new Error("not now");
          return this.shown;
        },
        showNotification: async (title: string, options: NotificationOptions) => this.#show(title, options),
        pushManager: {
          subscribe: async ({ applicationServerKey }: PushSubscriptionOptionsInit) =>
            this.subscribedWith.push(applicationServerKey),
        },
      },
    };
    const fetch = async (): Promise<object> => {
      if (!this.config) throw new TypeError("Failed to fetch");
      return { json: async () => this.config };
    };
    runInNewContext(SOURCE, { self, URL, MessageChannel, setTimeout, clearTimeout, fetch });
  }

  /** A push comes; `data`: its text, or null for none. */
  push(data: string | null): Promise<void> {
    return this.dispatch("push", {
      data: data === null ? null : { json: () => JSON.parse(data) as unknown },
    });
  }

  /** Somebody clicks a notification, or one of its actions. */
  click(data: object | null, action = ""): Promise<void> {
    return this.dispatch("notificationclick", { action, notification: { data, close: () => undefined } });
  }

  /** An event comes; resolves when the worker is done with it. */
  async dispatch(type: string, event: object): Promise<void> {
    const waits: unknown[] = [];
    this.#listeners.get(type)?.({ ...event, waitUntil: (promise: unknown) => waits.push(promise) });
    await Promise.all(waits);
  }

  #show(title: string, options: NotificationOptions): void {
    if (this.refuses(options)) throw new TypeError("Failed to show.");
    this.shown = this.shown.filter(({ tag }) => !tag || tag !== options.tag);
    this.shown.push({ ...options, title, close: () => undefined });
  }
}
