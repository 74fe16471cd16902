import { expect, test } from "vitest";
import { Scope, Tab } from "./scope.js";

const ECHO = "/?agent=echo";
const HREF = "https://chat.example/?agent=echo";

function scope(...tabs: Tab[]): Scope {
  const made = new Scope();
  made.tabs = tabs;
  return made;
}

test("a click finds the tab that shows that chat of that user, whatever its address", async () => {
  const [other, there] = [new Tab(HREF, "busy"), new Tab("https://chat.example/", "there")];
  const worker = scope(other, there);
  await worker.click({ url: ECHO });
  expect([other.focused, there.focused]).toEqual([0, 1]);
  expect([...other.moves, ...there.moves, ...worker.opened]).toEqual([]);
});

test("else it leads a tab there that may be led", async () => {
  const [busy, free] = [new Tab("https://chat.example/", "busy"), new Tab("https://chat.example/", "free")];
  const worker = scope(busy, free);
  await worker.click({ url: ECHO });
  expect(free.moves).toEqual([{ type: "open", url: HREF }]);
  expect([busy.focused, free.focused]).toEqual([0, 1]);
  expect([...busy.moves, ...worker.opened]).toEqual([]);
});

test.each([
  ["there is no tab", []],
  ["every tab holds a draft, or is somebody else's", [new Tab(HREF, "busy")]],
  ["no tab is a chat", [new Tab("https://chat.example/docs", null)]],
  ["a tab says what nobody understands", [new Tab(HREF, "?")]],
])("else, where %s, it opens one", async (_, tabs) => {
  const worker = scope(...tabs);
  await worker.click({ url: ECHO });
  expect(worker.opened).toEqual([HREF]);
  expect(tabs.flatMap((tab) => [...tab.moves, ...(tab.focused ? [tab] : [])])).toEqual([]);
});

test("a page that does not answer, and is at the very address, is only brought to the front", async () => {
  const tab = new Tab(HREF, null);
  const worker = scope(tab);
  await worker.click({ url: ECHO });
  expect([tab.focused, tab.moves, worker.opened]).toEqual([1, [], []]);
});

test("a tab that cannot be brought to the front is left as it is", async () => {
  const tab = new Tab(HREF, "free");
  tab.canFocus = false;
  const worker = scope(tab);
  await worker.click({ url: ECHO });
  expect([tab.moves, worker.opened]).toEqual([[], [HREF]]);
});

test("an action leads to its own address, and one elsewhere into a window of its own", async () => {
  const tab = new Tab("https://chat.example/", "free");
  const worker = scope(tab);
  await worker.click({ url: ECHO, actions: { order: "https://shop.example/17" } }, "order");
  expect([tab.moves, worker.opened]).toEqual([[], ["https://shop.example/17"]]);
  await worker.click(null);
  expect(tab.moves).toEqual([{ type: "open", url: "https://chat.example/" }]);
});

test.each([
  [null],
  [""],
  ["not JSON"],
  ["null"],
  ["[]"],
  ["5"],
  ['"text"'],
  ["{}"],
  ['{"title": ""}'],
  ['{"title": "   "}'],
  ['{"title": {"a": 1}, "body": ["b"], "notification": 7}'],
  ['{"notification": null}'],
  ['{"notification": {"title": 5, "actions": "x"}}'],
])("of %j something is shown", async (data) => {
  const worker = scope();
  await worker.push(data);
  expect(worker.shown).toMatchObject([{ title: "A new message", body: "Open the chat to read it." }]);
});

test.each<[string, object, object]>([
  ["a body that is no text", { body: 5 }, { body: "Open the chat to read it." }],
  ["a body that is too long", { body: "😀".repeat(5_000) }, { body: `${"😀".repeat(2_000)}…` }],
  ["an icon of another origin", { icon: "https://evil.example/i.png" }, { icon: "/icons/icon-192.png" }],
  ["an icon that is no address", { icon: "https://" }, { icon: "/icons/icon-192.png" }],
  ["a badge of another kind", { badge: "data:image/png;base64,AAAA" }, { badge: "/icons/badge-96.png" }],
  ["a link that is a program", { url: "javascript:alert(1)" }, { data: { url: "/", actions: {} } }],
  ["a link that is no text", { url: { href: "/" } }, { data: { url: "/", actions: {} } }],
  ["a tag that is no text", { tag: 7 }, { tag: undefined, renotify: false }],
  ["an empty tag", { tag: "" }, { tag: undefined, renotify: false }],
  ["a time that is none", { timestamp: "yesterday" }, { timestamp: undefined }],
  ["a time that never comes", { timestamp: 1e300 }, { timestamp: undefined }],
  ["actions that are no list", { actions: { action: "open", title: "Open" } }, { actions: [] }],
  [
    "an action among others",
    {
      actions: [
        null,
        { action: 1, title: "One" },
        { action: "two" },
        { action: "open", title: "Open", url: "javascript:0" },
        { action: "more", title: "More", url: "/more" },
        { action: "third", title: "Third" },
      ],
    },
    {
      actions: [
        { action: "open", title: "Open" },
        { action: "more", title: "More" },
      ],
      data: { url: "/", actions: { more: "/more" } },
    },
  ],
])("%s is left out, and the rest is shown", async (_, part, expected) => {
  const worker = scope();
  await worker.push(JSON.stringify({ title: "Mira", body: "Hello", ...part }));
  expect(worker.shown).toHaveLength(1);
  expect(worker.shown[0]).toMatchObject({ title: "Mira", body: "Hello", ...expected });
});

test("a title that is no text leaves it to the declarative form, whose parts are judged alike", async () => {
  const worker = scope();
  const notification = {
    title: "Mira",
    body: "Hi",
    navigate: "javascript:0",
    icon: "https://evil.example/i.png",
  };
  await worker.push(JSON.stringify({ title: 5, web_push: 8030, notification }));
  expect(worker.shown).toMatchObject([
    { title: "Mira", body: "Hi", icon: "/icons/icon-192.png", data: { url: "/" } },
  ]);
});

test("what a browser refuses to show is shown with less, and at last without anything of it", async () => {
  const worker = scope();
  worker.refuses = ({ tag }) => tag === "chat:mira";
  await worker.push(JSON.stringify({ title: "Mira", body: "Hi", tag: "chat:mira" }));
  expect(worker.shown).toMatchObject([{ title: "Mira", body: "Hi" }]);
  worker.shown = [];
  worker.canList = false;
  await worker.push(JSON.stringify({ title: "Mira", body: "Hi" }));
  expect(worker.shown).toMatchObject([{ title: "Mira", body: "Hi" }]);
});

test("a subscription that the browser gave up is renewed with the key of now", async () => {
  const tab = new Tab(HREF, "there");
  const worker = scope(tab);
  await worker.dispatch("pushsubscriptionchange", {
    oldSubscription: { options: { applicationServerKey: "old key" } },
  });
  expect(worker.subscribedWith).toEqual(["new key"]);
  expect(tab.heard).toEqual([{ type: "subscribed" }]);
  worker.config = null;
  await worker.dispatch("pushsubscriptionchange", {
    oldSubscription: { options: { applicationServerKey: "old key" } },
  });
  expect(worker.subscribedWith).toEqual(["new key", "old key"]);
  await worker.dispatch("pushsubscriptionchange", { oldSubscription: null, newSubscription: {} });
  expect(worker.subscribedWith).toHaveLength(2);
  expect(tab.heard).toHaveLength(3);
});
