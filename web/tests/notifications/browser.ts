import { vi } from "vitest";

/** A public key as servers tell it: a point, as far as a browser looks. */
export function publicKey(number = 1): string {
  return Buffer.from([4, ...Array.from({ length: 64 }, () => number)]).toString("base64url");
}

/** What a browser offers for push, in memory: one service worker, one subscription at most. */
export class FakePush {
  permission: NotificationPermission = "default";
  /** What somebody answers who is asked. */
  answer: NotificationPermission = "granted";
  registered: string | null = null;
  subscription: PushSubscription | null = null;
  /** Whether it says with which key it was subscribed. */
  tellsKey = true;
  /** Whether it lets go of its subscription. */
  letsGo = true;
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
    vi.stubGlobal("PushManager", class {});
    Object.defineProperty(navigator, "serviceWorker", { value: serviceWorker, configurable: true });
  }

  #make({ applicationServerKey }: PushSubscriptionOptionsInit): PushSubscription {
    const endpoint = `https://push.example/${++this.#count}`;
    const key = (applicationServerKey as Uint8Array<ArrayBuffer>).slice().buffer;
    return {
      endpoint,
      expirationTime: null,
      options: { applicationServerKey: this.tellsKey ? key : null, userVisibleOnly: true },
      getKey: () => null,
      toJSON: () => ({ endpoint, expirationTime: null, keys: { p256dh: "p", auth: "a" } }),
      unsubscribe: async () => {
        if (!this.letsGo) throw new DOMException("Unsubscription failed.", "AbortError");
        this.subscription = null;
        return true;
      },
    };
  }
}
