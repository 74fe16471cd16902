/** The page of the local cloud: asks for `state.json` every two seconds, and writes it down. Texts are never HTML. */

const EVERY_MS = 2000;
const live = document.querySelector("#live");
const opened = new Set(); // which details are open: they are made anew each time

/** Makes an element with children: strings become text. */
function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children.filter((child) => child !== null));
  return element;
}

const time = (ms) => (ms ? new Date(ms).toLocaleTimeString() : "");
const number = (value) => (value === null ? "" : Number(value.toPrecision(6)).toLocaleString());

/** A table of rows, each a list of cells: text, or an element. Columns that begin with `#` are numbers, with `!` short. */
function table(columns, rows, empty) {
  if (rows.length === 0) return make("p", { class: "empty" }, empty);
  const kind = (column) => (column.startsWith("#") ? "number short" : column.startsWith("!") ? "short" : "");
  const cell = (tag, index, child, more = "") =>
    make(
      tag,
      { class: `${kind(columns[index])} ${more}`.trim() },
      child instanceof Node ? child : String(child ?? ""),
    );
  const head = make(
    "tr",
    {},
    ...columns.map((column, index) => cell("th", index, column.replace(/^[#!]/, ""))),
  );
  const body = rows.map((row) => make("tr", {}, ...row.map((child, index) => cell("td", index, child))));
  return make(
    "div",
    { class: "scroll", tabindex: "0" },
    make(
      "table",
      { class: columns.length > 4 ? "broad" : "" },
      make("thead", {}, head),
      make("tbody", {}, ...body),
    ),
  );
}

/** A fold whose state outlives the next look. */
function fold(name, summary, child) {
  const element = make("details", {}, make("summary", {}, summary), child);
  element.open = opened.has(name);
  element.addEventListener("toggle", () => (element.open ? opened.add(name) : opened.delete(name)));
  return element;
}

const NAMESPACE = "ServerlessSocketio";

/** What a metric of ours came to in five minutes, whatever it was told apart by. */
function sum(state, name, by = {}) {
  const fits = (metric) =>
    metric.namespace === NAMESPACE &&
    metric.name === name &&
    Object.entries(by).every(([key, value]) => metric.dimensions[key] === value);
  return state.metrics.filter(fits).reduce((total, metric) => total + (metric.statistics.Sum ?? 0), 0);
}

function quantile(state, name, statistic) {
  const found = state.metrics.find((metric) => metric.namespace === NAMESPACE && metric.name === name);
  const value = found?.statistics[statistic];
  return value === undefined || value === null ? "–" : `${Math.round(value)} ms`;
}

function figures(state) {
  const events = sum(state, "Events");
  const shown = [
    ["connections now", state.connections.length],
    ["events", number(events)],
    ["of them refused", number(events - sum(state, "Events", { outcome: "ok" }))],
    ["frame to ack, median", quantile(state, "AckLatency", "p50")],
    ["message to first chunk, median", quantile(state, "FirstChunk", "p50")],
    ["answers running", state.answers.filter((answer) => answer.phase !== "ended").length],
    ["answers ended", number(sum(state, "AnswersEnded"))],
    ["of them failed", number(sum(state, "AnswersEnded", { reason: "error" }))],
    ["pushes sent", number(sum(state, "PushSent"))],
    [
      "dead letters",
      state.queues
        .filter((queue) => /dead/i.test(queue.name))
        .reduce((total, queue) => total + queue.messages, 0),
    ],
  ];
  return shown.map(([name, value]) =>
    make("div", { class: "figure" }, make("strong", {}, String(value)), make("span", {}, name)),
  );
}

function alarms(state) {
  const going = state.alarms.filter((alarm) => alarm.goes);
  const calm = state.alarms.filter((alarm) => !alarm.goes);
  const cards = going.map((alarm) =>
    make(
      "div",
      { class: "goes" },
      make(
        "p",
        {},
        make("strong", {}, alarm.row),
        ` · ${number(alarm.value)}, goes at ${number(alarm.threshold)}`,
      ),
      make("p", {}, alarm.means),
      make("p", {}, make("code", {}, alarm.name)),
    ),
  );
  const rest = table(
    ["alarm", "row", "#value", "#goes at"],
    calm.map((alarm) => [alarm.name, alarm.row, number(alarm.value), number(alarm.threshold)]),
    "This stack has no alarms.",
  );
  const said = state.alarms.length
    ? make("p", { class: going.length ? "note" : "calm" }, `${going.length} of ${state.alarms.length} go.`)
    : null;
  return [said, ...cards, state.alarms.length ? fold("calm", "All others", rest) : rest].filter(Boolean);
}

function answers(state) {
  const rows = state.answers.map((answer) => [
    make("code", {}, answer.replyId),
    `${answer.userId} · ${answer.agentId}`,
    make(
      "span",
      { class: answer.finishReason === "error" || answer.tries > 0 ? "bad" : "" },
      answer.phase === "ended" ? `ended, ${answer.finishReason}` : answer.phase,
    ),
    `${answer.position}${answer.chunks ? ` of ${answer.chunks}` : ""}`,
    answer.tries,
    time(answer.created),
  ]);
  return [
    table(
      ["answer", "whose", "phase", "#chunks", "#tries", "!since"],
      rows,
      "Nobody has asked anything yet.",
    ),
  ];
}

function lines(state) {
  const rows = state.lines.map((line) => [time(line.at), make("span", { class: "text" }, line.says)]);
  return [table(["!at", "a function said"], rows, "Nothing yet.")];
}

function queues(state) {
  const rows = state.queues.map((queue) => [
    make("span", { class: /dead/i.test(queue.name) && queue.messages ? "bad" : "" }, queue.name),
    queue.messages,
    queue.visible,
    queue.visible ? `${queue.oldestS} s` : "",
  ]);
  return [table(["queue", "#messages", "#visible", "#oldest"], rows, "There are no queues.")];
}

function connections(state) {
  const rows = state.connections.map((each) => [
    make("code", {}, each.id),
    each.userId ? `${each.userId} (${each.plan})` : "not accepted",
    each.form,
    each.rooms,
    `${each.received} / ${each.sent}`,
    time(each.since),
  ]);
  return [
    table(["connection", "user", "form", "#rooms", "#in / out", "!since"], rows, "Nobody is connected."),
  ];
}

function rooms(state) {
  const rows = state.rooms.map((each) => [
    each.namespace === "/" ? each.room : `${each.namespace} ${each.room}`,
    each.members,
  ]);
  return [table(["room", "#members"], rows, "All rooms are empty.")];
}

function frames(state) {
  const rows = state.frames.map((frame) => [
    time(frame.at),
    make("code", {}, frame.connection),
    make("span", { class: frame.incoming ? "in" : "" }, frame.incoming ? "→ in" : "← out"),
    make("span", { class: "text" }, frame.text),
    frame.length,
  ]);
  return [table(["!at", "!connection", "!", "frame", "#length"], rows, "No frame has passed yet.")];
}

const SVG = "http://www.w3.org/2000/svg";

function curve(values) {
  const most = Math.max(...values, 1e-9);
  const points = values.map((value, index) => `${index},${18 - (16 * value) / most}`).join(" ");
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${values.length - 1} 19`);
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("aria-hidden", "true");
  const drawn = document.createElementNS(SVG, "polyline");
  drawn.setAttribute("points", points);
  picture.append(drawn);
  return picture;
}

function metrics(state) {
  const named = (dimensions) =>
    Object.entries(dimensions)
      .map(([name, value]) => `${name}=${value}`)
      .join(" ");
  const rows = state.metrics.map((metric) => [
    `${metric.namespace} ${metric.name}`,
    named(metric.dimensions),
    number(metric.statistics.SampleCount),
    number(metric.statistics.Sum),
    number(metric.statistics.p50),
    number(metric.statistics.p99),
    curve(metric.curve),
  ]);
  return [
    table(
      ["metric", "of", "#count", "#sum", "#p50", "#p99", "ten minutes"],
      rows,
      "Nothing was measured yet.",
    ),
  ];
}

const PARTS = { figures, alarms, answers, lines, queues, connections, rooms, frames, metrics };

/** Writes a part anew, and leaves it where it was scrolled to. */
function write(name, state) {
  const place = document.getElementById(name);
  const scrolled = [...place.querySelectorAll(".scroll")].map((each) => each.scrollTop);
  const focused = [...place.querySelectorAll(".scroll, summary")].indexOf(document.activeElement);
  place.replaceChildren(...PARTS[name](state));
  place.querySelectorAll(".scroll").forEach((each, index) => (each.scrollTop = scrolled[index] ?? 0));
  if (focused >= 0) place.querySelectorAll(".scroll, summary")[focused]?.focus({ preventScroll: true });
}

async function look() {
  const said = document.querySelector("#now");
  try {
    const answer = await fetch("state.json", { cache: "no-store" });
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const state = await answer.json();
    for (const name of Object.keys(PARTS)) write(name, state);
    said.textContent = `as of ${time(state.now)}`;
    said.className = "";
  } catch (error) {
    said.textContent = `The local cloud does not answer (${error.message}). Is \`make run\` running?`;
    said.className = "lost";
  }
}

async function keepUp() {
  if (live.checked && !document.hidden) await look();
  setTimeout(keepUp, EVERY_MS);
}

await look();
setTimeout(keepUp, EVERY_MS);
