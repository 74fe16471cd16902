import { configuration } from "../client/config.js";
import type { Connection } from "../client/connection.js";
import { latestConnection } from "../client/connections.js";
import { ChatError, NO_CONNECTION, type ClientReason } from "../client/errors.js";
import type { BrowserSubscription } from "../events.gen.js";
import { isOfAnotherKey, vapidKeyOf } from "./key.js";
import { pushSupport } from "./support.js";

export { isInstalled, isIos, pushSupport, type PushSupport } from "./support.js";

/** Whose notifications they are. */
export interface PushOptions {
  /** Whose subscription it is. Default: the connection that the page has opened last. */
  connection?: Connection | undefined;
}

/**
 * Asks for permission, subscribes this browser, and tells the server. Call it from a click: browsers ask nothing without.
 * A subscription with another key than the server's is replaced. Throws ChatError: `unavailable` where there is no push,
 * `forbidden` without permission.
 */
export async function subscribeToPushNotifications({
  connection,
}: PushOptions = {}): Promise<PushSubscription> {
  const support = pushSupport();
  if (support !== "supported" && support !== "denied")
    throw unavailable("This browser cannot receive notifications.", "push-unsupported");
  if ((await Notification.requestPermission()) !== "granted") throw forbidden();
  return inTurn(async () => {
    const { serviceWorker } = configuration();
    await navigator.serviceWorker.register(serviceWorker);
    const { pushManager } = await navigator.serviceWorker.ready;
    return subscribe(pushManager, connection ?? current());
  });
}

/**
 * Ends this browser's subscription, here and at the server. Whether there was one. Throws ChatError where neither could be
 * done: either will do, as a push service tells the server of a browser that is gone.
 */
export function unsubscribeFromPushNotifications({ connection }: PushOptions = {}): Promise<boolean> {
  return inTurn(async () => {
    const subscription = await existing();
    if (subscription) await end(subscription, connection ?? latestConnection());
    return subscription !== null;
  });
}

/**
 * Whether this browser is subscribed, with the server's key of now, and the server knows it as the user's. Throws ChatError.
 */
export async function isPushSubscribed({ connection }: PushOptions = {}): Promise<boolean> {
  const subscription = await existing();
  if (!subscription) return false;
  const { endpoint } = subscription;
  const status = await (connection ?? current()).ask("push:status", { endpoint });
  const key = configuration().vapidPublicKey ?? status.vapidPublicKey;
  return status.subscribed && !(key && isOfAnotherKey(subscription, vapidKeyOf(key)));
}

/**
 * Tells the server of a subscription that the browser has already, and replaces one with an old key: for the start of a
 * page, as browsers change subscriptions by themselves. Asks no permission; null without a subscription. Throws ChatError.
 */
export function refreshPushSubscription({ connection }: PushOptions = {}): Promise<PushSubscription | null> {
  return inTurn(async () => {
    const registration = await registered();
    if (!registration || Notification.permission !== "granted") return null;
    if (!(await registration.pushManager.getSubscription())) return null;
    return subscribe(registration.pushManager, connection ?? current());
  });
}

let last: Promise<unknown> = Promise.resolve();

/** One change after the other: what is turned off while the start of a page tells the server of it would come back. */
function inTurn<T>(change: () => Promise<T>): Promise<T> {
  const mine = last.then(change);
  last = mine.catch(() => undefined);
  return mine;
}

async function subscribe(pushManager: PushManager, connection: Connection): Promise<PushSubscription> {
  const applicationServerKey = vapidKeyOf(await vapidPublicKey(connection));
  let subscription = await pushManager.getSubscription();
  if (subscription && isOfAnotherKey(subscription, applicationServerKey)) {
    await end(subscription, connection);
    subscription = null;
  }
  subscription ??= await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
  await connection.ask("push:subscribe", { subscription: described(subscription) });
  return subscription;
}

/** Ends a subscription in the browser and at the server. Throws ChatError where it can be ended in neither. */
async function end(subscription: PushSubscription, connection: Connection | undefined): Promise<void> {
  const { endpoint } = subscription;
  const [here, there] = await Promise.allSettled([
    subscription.unsubscribe(),
    connection?.isConnected ? connection.ask("push:unsubscribe", { endpoint }) : Promise.reject(notThere()),
  ]);
  const isEnded = (here.status === "fulfilled" && here.value) || there.status === "fulfilled";
  if (!isEnded)
    throw unavailable("Notifications could not be turned off. Please try again.", "push-not-ended");
}

function described(subscription: PushSubscription): BrowserSubscription {
  const { endpoint, expirationTime } = subscription;
  const { p256dh = "", auth = "" } = subscription.toJSON().keys ?? {};
  return { endpoint, expirationTime, keys: { p256dh, auth } };
}

async function vapidPublicKey(connection: Connection): Promise<string> {
  const key = configuration().vapidPublicKey ?? (await connection.ask("push:status", {})).vapidPublicKey;
  if (!key) throw unavailable("Notifications are not set up in this deployment.", "push-not-set-up");
  return key;
}

async function existing(): Promise<PushSubscription | null> {
  return (await (await registered())?.pushManager.getSubscription()) ?? null;
}

async function registered(): Promise<ServiceWorkerRegistration | undefined> {
  const support = pushSupport();
  if (support === "unsupported" || support === "home-screen") return undefined;
  return navigator.serviceWorker.getRegistration(configuration().serviceWorker);
}

function current(): Connection {
  const connection = latestConnection();
  if (!connection) throw notThere();
  return connection;
}

function notThere(): ChatError {
  return new ChatError(NO_CONNECTION);
}

function unavailable(message: string, clientReason: ClientReason): ChatError {
  return new ChatError({ code: "unavailable", message, clientReason });
}

function forbidden(): ChatError {
  return new ChatError({
    code: "forbidden",
    message: "Notifications are not allowed for this page.",
    clientReason: "push-not-allowed",
  });
}
