// A storm of stock clients: streams, typing, presence, and TCP connections cut at random. Prints what went wrong.
// usage: node storm.mjs OUTPUTS [users] [seconds] [seed]
import { readFileSync } from "node:fs";
import { Device, sleep } from "./device.mjs";

const [, , file, howMany = "50", seconds = "60", seed = "1"] = process.argv;
const outputs = JSON.parse(readFileSync(file, "utf8"));
const users = outputs.users.filter(({ plan }) => plan === "enterprise").slice(0, Number(howMany));
const failures = [];
const report = (what) => failures.push(what);

let state = Number(seed);
const random = () => (state = (state * 48271) % 2147483647) / 2147483647; // Park and Miller: the same storm for a seed
const between = (low, high) => low + random() * (high - low);
const pick = (items) => items[Math.floor(random() * items.length)];

const SETTLE_MS = 30_000; // for what was accepted to be answered everywhere
const OFFLINE_WITHIN_MS = 45_000; // 30 s by the contract, and as much as a machine takes that is still busy with the storm
const start = Date.now();
const end = start + Number(seconds) * 1000;
const accepted = []; // {user, messageId, replyId, text}

const crews = users.map((user, number) => {
  const watched = [1, 2, 3].map((step) => users[(number + step) % users.length].userId);
  const device = (name, recovers) => new Device({ outputs, user, name: `${user.userId}/${name}`, recovers, watched, report });
  return { user, devices: [device("a", number % 2 === 0), ...(number % 3 === 0 ? [device("b", number % 2 === 1)] : [])] };
});

async function talk({ user, devices }) {
  await sleep(between(500, 4000));
  for (let turn = 0; Date.now() < end; turn++) {
    const length = Math.floor(between(6, 60));
    const text = `${user.userId} ${turn} ${Array.from({ length }, (_, word) => `w${word}`).join(" ")}`;
    const ack = await devices[0].say(text, `${start}-${turn}`, end + SETTLE_MS);
    if (ack) accepted.push({ user, text, ...ack });
    await sleep(between(2000, 7000));
  }
}

async function fidget({ devices }) {
  while (Date.now() < end) {
    await sleep(between(3000, 10_000));
    const { socket } = pick(devices);
    if (random() < 0.5) socket.emit("chat:typing", { agentId: "echo", isTyping: random() < 0.5 });
    else socket.emit(pick(["presence:away", "presence:online"]), {});
  }
}

async function tear({ devices }) {
  while (Date.now() < end) {
    await sleep(between(4000, 18_000));
    if (Date.now() < end) pick(devices).cut();
  }
}

const missing = () =>
  crews.flatMap(({ user, devices }) =>
    accepted
      .filter((message) => message.user === user)
      .flatMap(({ replyId }) => devices.filter((device) => !device.streams.get(replyId)?.done).map((device) => `${device.name}: no end of ${replyId}`)),
  );

// What was acked is in the history, once, and answered once with itself.
async function audit({ user, devices }) {
  const lines = [];
  let before;
  do {
    const page = await devices[0].ask("chat:history", { agentId: "echo", limit: 100, ...(before && { before }) });
    if (!page?.ok) return report(`${user.userId}: no history: ${JSON.stringify(page)}`);
    lines.push(...page.messages);
    before = page.nextBefore;
  } while (before);
  for (const { messageId, replyId, text } of accepted.filter((message) => message.user === user)) {
    for (const id of [messageId, replyId]) {
      const found = lines.filter((line) => line.messageId === id);
      if (found.length !== 1 || found[0].message !== text) report(`${user.userId}: ${found.length} lines of ${id} in the history`);
    }
  }
}

// Everybody leaves, half of them without a word; an observer must see them all go.
async function farewell() {
  const others = users.slice(1).map(({ userId }) => userId);
  const observer = new Device({ outputs, user: users[0], name: "observer", recovers: false, watched: others, report });
  await sleep(1000);
  for (const { devices } of crews) for (const device of devices) {
    if (random() < 0.5) device.cut();
    device.socket.close();
  }
  const left = Date.now();
  for (;;) {
    const ack = await observer.ask("presence:subscribe", { userIds: others });
    const online = ack?.ok ? others.filter((userId) => ack.presence[userId].status !== "offline") : others;
    if (online.length === 0) break;
    if (Date.now() - left > OFFLINE_WITHIN_MS) {
      report(`online after all left: ${online.join(" ")}`);
      break;
    }
    await sleep(1000);
  }
  observer.socket.close();
  return Date.now() - left;
}

await Promise.all(crews.flatMap((crew) => [talk(crew), fidget(crew), tear(crew)]));
const settleBy = Date.now() + SETTLE_MS;
while (missing().length > 0 && Date.now() < settleBy) await sleep(200);
failures.push(...missing());
await Promise.all(crews.map(audit));
const offlineAfterMs = await farewell();

const total = (name) => crews.flatMap(({ devices }) => devices).reduce((sum, { counts }) => sum + counts[name], 0);
const counts = Object.fromEntries(["connects", "recovered", "cuts", "chunks", "repeats", "typing", "presence"].map((name) => [name, total(name)]));
const repeated = [...new Set(crews.flatMap(({ devices }) => devices).flatMap((device) => [...device.repeated]))];
console.log(JSON.stringify({ users: users.length, answers: accepted.length, ...counts, repeated, offlineAfterMs, failures }));
process.exit(0);
