/**
 * The service worker of the page: it shows what is pushed, and opens the chat that a notification is about.
 *
 * It caches nothing, so that an update of the page needs none of it. The browser compares this file byte by byte at every
 * visit: a changed VERSION takes over at once.
 */
const VERSION = "2";
const FALLBACK = { title: "A new message", body: "Open the chat to read it." };
const ICON = "/icons/icon-192.png";
const BADGE = "/icons/badge-96.png";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => event.waitUntil(show(read(event))));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url, actions } = event.notification.data ?? {};
  event.waitUntil(open(actions?.[event.action] ?? url ?? "/").finally(recount));
});

/** The browser has replaced the subscription: take a new one; the next page that opens tells the server. */
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event.oldSubscription)));

/** The page asks which worker it talks to, or says that everything was read. */
self.addEventListener("message", (event) => {
  if (event.data?.type === "version") event.ports[0]?.postMessage({ version: VERSION });
  if (event.data?.type === "read") event.waitUntil(clear());
});

/** What a push says. Whatever came, something is shown: a browser takes the subscription of a worker that is silent. */
function read(event) {
  try {
    const said = event.data.json();
    return { ...FALLBACK, ...(said.title ? said : declared(said.notification)) };
  } catch {
    return FALLBACK;
  }
}

/** The same, of a message that has only the declarative form (W3C Push API): links are called `navigate` there. */
function declared({ navigate, actions = [], ...notification }) {
  return {
    ...notification,
    url: navigate,
    actions: actions.map((each) => ({ ...each, url: each.navigate })),
  };
}

async function show({ title, body, icon = ICON, badge = BADGE, url, tag, actions = [], timestamp }) {
  const links = Object.fromEntries(actions.filter((each) => each.url).map((each) => [each.action, each.url]));
  // Counted before: browsers list a notification some time after they were asked to show it.
  const others = (await self.registration.getNotifications()).filter((each) => !tag || each.tag !== tag);
  await self.registration.showNotification(title, {
    body,
    icon,
    badge,
    tag,
    renotify: Boolean(tag), // a newer answer of the same chat replaces the older, and is heard
    timestamp,
    actions: actions.map(({ action, title: label }) => ({ action, title: label })),
    data: { url, actions: links },
  });
  await count(others.length + 1);
}

/** Show on the app's icon how many notifications wait, where there is such a thing. */
async function count(waiting) {
  await self.navigator.setAppBadge?.(waiting).catch(() => {});
}

async function recount() {
  await count((await self.registration.getNotifications()).length);
}

async function clear() {
  for (const notification of await self.registration.getNotifications()) notification.close();
  await self.navigator.clearAppBadge?.().catch(() => {});
}

/** Bring the page at `url` to the front: a tab that is there, or else another of ours, or a new one. */
async function open(url) {
  const target = new URL(url, self.location.origin);
  if (target.origin !== self.location.origin) return self.clients.openWindow(target.href);
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const there = tabs.find((tab) => tab.url === target.href);
  if (there) return there.focus();
  const [other] = tabs;
  if (!other) return self.clients.openWindow(target.href);
  other.postMessage({ type: "open", url: target.href }); // the page goes there without a reload, if it can
  return other.focus();
}

async function renew(old) {
  const subscription = await self.registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: old?.options.applicationServerKey ?? (await publicKey()),
  });
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const tab of tabs) tab.postMessage({ type: "subscribed", subscription: subscription.toJSON() });
}

async function publicKey() {
  const answer = await fetch("/config.json");
  return (await answer.json()).vapidPublicKey;
}
