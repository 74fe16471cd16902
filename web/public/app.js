/** The page: choices on the left, one conversation on the right. All text from outside goes through `textContent`. */
import { Chat } from "/chat.js";

const MESSAGE_MAX = 8_000; // code points, as the server counts them
const COUNT_FROM = 7_500; // show how many are used from here on
const NEAR_PX = 80; // so close to the end, new text keeps the end in view

const FINISHED = { stopped: "Stopped.", length: "Cut here: the answer grew too long.", error: "Something broke off here." };
const KINDLY = {
  conflict: "One moment: the answer before is not finished yet.",
  rate_limited: "That was quicker than your plan allows.",
  too_large: "That message is too long.",
  unauthorized: "Your key was not accepted.",
};

const $ = (id) => document.getElementById(id);
const views = new WeakMap(); // message → its elements
let config;
let chat;
let choice;

start();

async function start() {
  try {
    config = await (await fetch("/config.json")).json();
  } catch {
    status("refused", "Not configured");
    return notice("The page could not load its configuration. Is the stack running?", start);
  }
  notice(null);
  if (!config.enableWebsockets) {
    status("off", "Switched off");
    return notice("Real-time chat is switched off in this deployment (ENABLE_WEBSOCKETS=false), so nothing was tried.");
  }
  choose(new URLSearchParams(location.hash.slice(1)));
}

/** Opens the chat that the address names, or the first one. */
function choose(wish) {
  const pick = (list, key) => list.find((item) => item[key] === wish.get(key)) ?? list[0];
  const next = { user: pick(config.users, "userId"), agent: pick([...config.agents].sort(demoFirst), "agentId") };
  if (!next.user || !next.agent) return notice("There is nobody to talk to or as: this deployment has no demo data.");
  if (choice?.user === next.user && choice?.agent === next.agent) return;
  choice = next;
  chat?.close();
  notice(null);
  $("relation").hidden = true;
  $("draft").placeholder = `Write to ${choice.agent.name}`;
  $("choices").hidden = false;
  drawChoices();
  const { socketPath } = config;
  chat = new Chat({ socketPath, user: choice.user, agentId: choice.agent.agentId, changed, failed, completed });
  chat.changed("messages");
  chat.changed("status");
}

function demoFirst(a, b) {
  return (a.agentId === "echo") - (b.agentId === "echo"); // the companion is the better first impression
}

addEventListener("hashchange", () => config?.enableWebsockets && choose(new URLSearchParams(location.hash.slice(1))));

function drawChoices() {
  const go = (user, agent) => (location.hash = new URLSearchParams({ userId: user.userId, agentId: agent.agentId }));
  fill($("users"), config.users, choice.user, ({ userId, plan }) => [userId, plan], (user) => go(user, choice.agent));
  fill($("agents"), config.agents, choice.agent, ({ name }) => [name], (agent) => go(choice.user, agent));
}

function fill(group, items, chosen, labels, choose) {
  const buttons = items.map((item) => {
    const button = element("button", { type: "button" });
    const [label, detail] = labels(item);
    button.append(element("span", { textContent: label }));
    if (detail) button.append(element("small", { textContent: detail }));
    button.setAttribute("aria-pressed", String(item === chosen));
    button.addEventListener("click", () => choose(item));
    return button;
  });
  const at = [...group.children].indexOf(document.activeElement);
  group.replaceChildren(...buttons);
  buttons[at]?.focus();
}

/** Draws what has changed, and no more: a chunk touches one text node. */
function changed(what) {
  if (what === "status") status(chat.status.state, chat.status.text);
  else if (what === "relation") drawRelation(chat.relation);
  else if (what === "messages") keepingEnd(drawMessages);
  else if (typeof what === "object") keepingEnd(() => drawMessage(what));
  keepingEnd(() => ($("typing").hidden = !chat.agentIsTyping));
  drawComposer();
}

function failed(error, again) {
  const wait = error.retryAfterMs ? ` Try again in ${Math.ceil(error.retryAfterMs / 1000)} s.` : "";
  notice(`${KINDLY[error.code] ?? error.message ?? "Something went wrong."}${wait}`, again);
}

/** Read out once it is whole; chunk by chunk would be a stutter. */
function completed(message) {
  $("spoken").textContent = `${choice.agent.name}: ${message.text}`;
}

function status(state, text) {
  $("status").dataset.state = state;
  $("status").textContent = text;
  if (state === "connected") notice(null);
}

function notice(text, again) {
  $("notice").hidden = !text;
  $("notice").replaceChildren(text ?? "");
  if (!again) return;
  const button = element("button", { type: "button", textContent: "Try again" });
  button.addEventListener("click", () => (notice(null), again()));
  $("notice").append(" ", button);
}

function drawRelation({ emotions, level, state }) {
  $("relation").hidden = false;
  $("relation-state").textContent = state;
  $("relation-level").textContent = `level ${level} of 100`;
  const bars = Object.entries(emotions).sort().flatMap(([name, strength]) => {
    const bar = element("progress", { max: 1, value: strength, textContent: `${Math.round(100 * strength)} %` });
    bar.setAttribute("aria-label", name);
    const cell = element("dd");
    cell.append(bar);
    return [element("dt", { textContent: name }), cell];
  });
  $("emotions").replaceChildren(...bars);
}

function drawMessages() {
  $("earlier").hidden = !chat.nextBefore;
  $("empty").hidden = !chat.ready || chat.messages.length > 0;
  $("messages").replaceChildren(...chat.messages.filter(({ role, text }) => role === "user" || text).map(drawMessage));
}

function drawMessage(message) {
  const view = views.get(message) ?? newView(message);
  view.item.dataset.state = message.state;
  view.text.textContent = message.text;
  view.meta.replaceChildren(...details(message));
  if (message.text && !view.item.isConnected) $("messages").append(view.item); // an answer's first chunk
  return view.item;
}

function newView(message) {
  const view = { item: element("li"), text: element("p"), meta: element("footer") };
  const who = element("span", { className: "hidden", textContent: message.role === "user" ? "You" : choice.agent.name });
  view.item.className = message.role;
  view.item.append(who, view.text, view.meta);
  views.set(message, view);
  return view;
}

function details(message) {
  if (message.state === "sending") return ["Sending…"];
  if (message.state === "failed") return [kindly(message.error), " ", againButton(message)];
  const time = new Date(message.timestamp).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const end = FINISHED[message.finishReason];
  return message.state === "streaming" ? [] : [end ? `${time} · ${end}` : time];
}

function kindly({ code, message, retryAfterMs }) {
  const wait = retryAfterMs ? ` Wait ${Math.ceil(retryAfterMs / 1000)} s.` : "";
  return `Not sent. ${KINDLY[code] ?? message}${wait}`;
}

function againButton(message) {
  const button = element("button", { type: "button", textContent: "Send again" });
  button.addEventListener("click", () => chat.send(message.text, message));
  return button;
}

function drawComposer() {
  const used = [...$("draft").value].length;
  const answering = Boolean(chat?.streaming);
  $("draft").disabled = !chat?.ready;
  $("stop").hidden = !answering;
  $("send").hidden = answering;
  $("send").disabled = !chat?.ready || !$("draft").value.trim() || used > MESSAGE_MAX;
  $("count").hidden = used < COUNT_FROM;
  $("count").textContent = `${used.toLocaleString()} of ${MESSAGE_MAX.toLocaleString()} characters`;
}

/** Keeps the end of the conversation in view, unless somebody has scrolled up to read. */
function keepingEnd(draw) {
  const log = $("log");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_PX;
  draw();
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function element(name, properties = {}) {
  return Object.assign(document.createElement(name), properties);
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  if ($("send").hidden || $("send").disabled) return;
  const text = $("draft").value;
  $("draft").value = "";
  notice(null);
  chat.send(text);
  $("log").scrollTop = $("log").scrollHeight;
});
$("draft").addEventListener("input", drawComposer);
$("draft").addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});
$("stop").addEventListener("click", () => {
  chat.stop();
  $("draft").focus();
});
$("earlier").addEventListener("click", async () => {
  const log = $("log");
  const fromEnd = log.scrollHeight - log.scrollTop;
  await chat.earlier();
  log.scrollTop = log.scrollHeight - fromEnd; // what was read stays where it was
});
