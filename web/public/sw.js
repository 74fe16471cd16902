/**
 * The service worker of the page: it shows what is pushed, and opens the chat that a notification is about.
 *
 * It caches nothing, so that an update of the page needs none of it. The browser compares this file byte by byte at every
 * visit: a changed VERSION takes over at once.
 *
 * | message from a page   | means                                                                 |
 * |-----------------------|-----------------------------------------------------------------------|
 * | `version`             | which worker is it? Answered on the port                              |
 * | `read`                | the page is looked at: what was notified of has been seen             |
 *
 * | message to a page     | means                                                                 |
 * |-----------------------|-----------------------------------------------------------------------|
 * | `ask` {url}           | do you show this? `{is}` on the port: `there`, `free` to be led there, or `busy`, e.g. with a draft |
 * | `open` {url}          | go there, without a reload                                            |
 * | `subscribed`          | the browser's subscription is another: tell the server                |
 */
const VERSION = "3";
const FALLBACK = { title: "A new message", body: "Open the chat to read it." };
const ICON = "/icons/icon-192.png";
const BADGE = "/icons/badge-96.png";
const HOME = "/";

const ASK_MS = 500; // a tab that works answers in a few; Firefox lets a click open a window for a second
const TITLE_MAX = 200; // characters: more than any browser shows
const BODY_MAX = 2_000;
const TAG_MAX = 500;
const LINK_MAX = 2_000;
const ACTIONS_MAX = 2; // as many as Chromium shows
const TIME_MAX = 8.64e15; // the last moment of a Date

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("push", (event) => event.waitUntil(show(read(event))));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url, actions } = event.notification.data ?? {};
  event.waitUntil(open(actions?.[event.action] ?? url ?? HOME).finally(recount));
});

/** The browser has replaced the subscription, or given it up: then a new one is taken. The next page that opens tells the server. */
self.addEventListener("pushsubscriptionchange", (event) => event.waitUntil(renew(event)));

self.addEventListener("message", (event) => {
  if (event.data?.type === "version") event.ports[0]?.postMessage({ version: VERSION });
  if (event.data?.type === "read") event.waitUntil(clear());
});

/**
 * What a push says, of which what is malformed is left out. Whatever came, something is shown: a browser takes the
 * subscription of a worker that is silent.
 */
function read(event) {
  let said;
  try {
    said = objectOf(event.data.json());
  } catch {
    said = {}; // no data, or no JSON
  }
  const { title, body, icon, badge, url, tag, actions, timestamp } = text(said.title, TITLE_MAX)
    ? said
    : declared(objectOf(said.notification));
  const offered = (Array.isArray(actions) ? actions : []).map(actionOf).filter(Boolean).slice(0, ACTIONS_MAX);
  return {
    title: text(title, TITLE_MAX) ?? FALLBACK.title,
    body: text(body, BODY_MAX) ?? FALLBACK.body,
    icon: image(icon) ?? ICON,
    badge: image(badge) ?? BADGE,
    url: link(url) ?? HOME,
    tag: typeof tag === "string" && tag.length <= TAG_MAX && tag !== "" ? tag : undefined,
    actions: offered,
    timestamp: Number.isFinite(timestamp) && timestamp >= 0 && timestamp <= TIME_MAX ? timestamp : undefined,
  };
}

/** The declarative form (W3C Push API) as the classic one: links are called `navigate` there. */
function declared({ navigate, actions, ...notification }) {
  const renamed = (Array.isArray(actions) ? actions : []).map((each) => ({ ...each, url: each?.navigate }));
  return { ...notification, url: navigate, actions: renamed };
}

function actionOf(each) {
  const { action, title, url } = objectOf(each);
  const label = text(title, TITLE_MAX);
  return typeof action === "string" && label ? { action, title: label, url: link(url) } : undefined;
}

function objectOf(value) {
  return typeof value === "object" && value !== null ? value : {};
}

/** A text with something in it, cut to so many characters. */
function text(value, max) {
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const characters = Array.from(value);
  return characters.length <= max ? value : `${characters.slice(0, max).join("")}…`;
}

/** An address that a window can open. */
function link(value) {
  const { protocol } = addressOf(value) ?? {};
  return protocol === "https:" || protocol === "http:" ? value : undefined;
}

/** A picture of our own: another origin would learn who is notified, and when. */
function image(value) {
  return addressOf(value)?.origin === self.location.origin ? value : undefined;
}

function addressOf(value) {
  if (typeof value !== "string" || value === "" || value.length > LINK_MAX) return undefined;
  try {
    return new URL(value, self.location.origin);
  } catch {
    return undefined;
  }
}

async function show({ title, body, icon, badge, url, tag, actions, timestamp }) {
  const links = Object.fromEntries(actions.filter((each) => each.url).map((each) => [each.action, each.url]));
  // Counted before: browsers list a notification some time after they were asked to show it.
  const others = (await waiting()).filter((each) => !tag || each.tag !== tag);
  const data = { url, actions: links };
  const whole = {
    body,
    icon,
    badge,
    tag,
    renotify: Boolean(tag), // a newer answer of the same chat replaces the older, and is heard
    timestamp,
    actions: actions.map(({ action, title: label }) => ({ action, title: label })),
    data,
  };
  await self.registration
    .showNotification(title, whole)
    .catch(() => self.registration.showNotification(title, { body, data }));
  await count(others.length + 1);
}

/** The notifications that are shown. */
async function waiting() {
  return self.registration.getNotifications().catch(() => []);
}

/** Show on the app's icon how many notifications wait, where there is such a thing. */
async function count(number) {
  await self.navigator.setAppBadge?.(number).catch(() => {});
}

async function recount() {
  await count((await waiting()).length);
}

async function clear() {
  for (const notification of await waiting()) notification.close();
  await self.navigator.clearAppBadge?.().catch(() => {});
}

/**
 * Bring the chat at `url` to the front: the tab that shows it, else one that may be led there, else a new one. Tabs are
 * asked, as an address says neither what a page shows nor whether it holds a draft.
 */
async function open(url) {
  const target = new URL(url, self.location.origin);
  if (target.origin !== self.location.origin) return self.clients.openWindow(target.href);
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const answers = await Promise.all(tabs.map((tab) => ask(tab, target.href)));
  const there = tabs[answers.indexOf("there")];
  const tab = there ?? tabs[answers.indexOf("free")];
  if (!tab || !(await focus(tab))) return self.clients.openWindow(target.href);
  if (!there) tab.postMessage({ type: "open", url: target.href });
}

/** How a tab stands to an address. A page that does not know the question is `there` if that is its very address. */
function ask(tab, url) {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    const timer = setTimeout(() => answer(tab.url === url ? "there" : undefined), ASK_MS);
    port1.onmessage = ({ data }) => answer(data?.is);
    tab.postMessage({ type: "ask", url }, [port2]);

    function answer(is) {
      clearTimeout(timer);
      port1.close();
      resolve(is);
    }
  });
}

async function focus(tab) {
  try {
    await tab.focus();
    return true;
  } catch {
    return false; // it has just been closed, or the browser does not let us
  }
}

async function renew({ oldSubscription, newSubscription }) {
  if (!newSubscription) {
    // The deployment's key of now: with another one, nothing could be pushed to it.
    const key = (await publicKey().catch(() => "")) || oldSubscription?.options.applicationServerKey;
    await self.registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  }
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const tab of tabs) tab.postMessage({ type: "subscribed" });
}

async function publicKey() {
  const answer = await fetch("/config.json");
  return (await answer.json()).vapidPublicKey;
}
