import { vi } from "vitest";

/** What a browser offers for push, in memory: one service worker, one subscription at most. */
export class FakePush {
  permission: NotificationPermission = "default";
  /** What somebody answers who is asked. */
  answer: NotificationPermission = "granted";
  registered: string | null = null;
  subscription: PushSubscription | null = null;
  #count = 0;

  /** Puts it into the globals, until the end of the test. */
  install(): void {
    const pushManager = {
      getSubscription: async () => this.subscription,
      subscribe: async (options: PushSubscriptionOptionsInit) => (this.subscription = this.#make(options)),
    };
    const registration = { pushManager };
    const serviceWorker = {
      register: async (url: string) => ((this.registered = url), registration),
      getRegistration: async () => (this.registered === null ? undefined : registration),
      ready: Promise.resolve(registration),
    };
    const requestPermission = async (): Promise<NotificationPermission> => (this.permission = this.answer);
    const notification = { requestPermission };
    Object.defineProperty(notification, "permission", { get: () => this.permission });
    vi.stubGlobal("Notification", notification);
    vi.stubGlobal("PushManager", vi.fn());
    Object.defineProperty(navigator, "serviceWorker", { value: serviceWorker, configurable: true });
  }

  #make({ applicationServerKey }: PushSubscriptionOptionsInit): PushSubscription {
    const endpoint = `https://push.example/${++this.#count}`;
    const key = (applicationServerKey as Uint8Array<ArrayBuffer>).slice().buffer;
    return {
      endpoint,
      expirationTime: null,
      options: { applicationServerKey: key, userVisibleOnly: true },
      getKey: () => null,
      toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh: "p", auth: "a" } }),
      unsubscribe: async () => ((this.subscription = null), true),
    };
  }
}
