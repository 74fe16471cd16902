// What a stock client can do, tried one after the other over one transport. In: {url, path, transports}; out: one JSON
// object, what each part has seen. A part that fails is told as {error}. Nothing here decides: the test does.
import { readFileSync } from "node:fs";
import { io } from "socket.io-client";

const { url, path, transports } = JSON.parse(readFileSync(0, "utf8"));
const PATIENCE_MS = 60_000;
const FEW_MS = 500; // within which nothing is expected
const open = (namespace = "", options = {}) =>
  io(url + namespace, { path, transports, forceNew: true, forceBase64: true, ...options });
const heard = (socket, event) =>
  new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no ${event}`)), PATIENCE_MS);
    socket.once(event, (...args) => {
      clearTimeout(late);
      resolve(args);
    });
  });
const joined = async (...given) => {
  const socket = open(...given);
  await heard(socket, "connect");
  const { engine } = socket.io;
  if (transports.length > 1 && engine.transport.name === "polling") await heard(engine, "upgrade");
  return socket;
};
const until = async (socket, event, is) => {
  while (!is()) await heard(socket, event);
};
const ask = (socket, ...args) => socket.timeout(PATIENCE_MS).emitWithAck(...args);
// The connection is lost without a word; resolves with the reason that its socket is told. Over polling, a client that
// believes itself connected would send a close packet.
const cut = async (socket) => {
  const { transport } = socket.io.engine;
  const lost = heard(socket, "disconnect");
  if (transport.ws) transport.ws._socket.destroy();
  else {
    transport.readyState = "closed";
    transport.emitReserved("error", new Error("cut"));
  }
  return (await lost)[0];
};

const parts = {
  async namespaces() {
    const main = await joined();
    const [second, third] = ["/room-7", "/room-8"].map((name) => main.io.socket(name));
    [second, third].forEach((socket) => socket.connect());
    await Promise.all([heard(second, "connect"), heard(third, "connect")]);
    const said = heard(second, "said");
    const other = [];
    third.on("said", (...args) => other.push(args));
    const ack = await ask(second, "say", "hello");
    const acks = await Promise.all([ask(main, "echo", "main"), ask(third, "say", "there")]);
    const ids = new Set([main.id, second.id, third.id]).size;
    const seen = { ack, acks, said: await said, ids, engines: new Set([main.io, second.io, third.io]).size };
    second.disconnect();
    seen.after = await ask(main, "echo", "still there");
    seen.other = other;
    main.disconnect();
    third.disconnect();
    return seen;
  },

  async unknown_namespace() {
    const main = await joined();
    const other = main.io.socket("/elsewhere");
    other.connect();
    const [{ message }] = await heard(other, "connect_error");
    const seen = { message, active: other.active, after: await ask(main, "echo", 1) };
    main.disconnect();
    return seen;
  },

  async acks() {
    const socket = await joined();
    const several = await new Promise((resolve) =>
      socket.emit("echo", 1, { two: 2 }, (...args) => resolve(args)),
    );
    const none = await new Promise((resolve) => socket.emit("echo", (...args) => resolve(args)));
    socket.on("question", (question, answer) => answer(`${question}?`, 42));
    const answered = heard(socket, "answered");
    socket.emit("ask me", "why");
    const seen = { several, none, answered: await answered };
    // While a handler waits, the answer needs another process: a slow machine may need longer to start one, once.
    for (
      let tries = transports.includes("websocket") ? 10 : 1;
      tries > 0 && seen.called?.[0] !== "answered";
      tries -= 1
    )
      seen.called = await ask(socket, "call me", 5);
    socket.off("question");
    seen.silent = await ask(socket, "call me", 0.5);
    socket.disconnect();
    return seen;
  },

  async time_out() {
    const socket = await joined("/quiet");
    const failure = await socket
      .timeout(FEW_MS)
      .emitWithAck("nobody")
      .catch((error) => error.message);
    socket.disconnect();
    return { failure };
  },

  async volatile() {
    const socket = open("", { autoConnect: false });
    const returned = [];
    socket.on("back", (...args) => returned.push(args));
    socket.volatile.emit("back", "while there is no connection");
    socket.emit("back", "kept");
    socket.connect();
    await heard(socket, "connect");
    await until(socket, "back", () => returned.length);
    await ask(socket, "echo", "nothing is on its way");
    while (!returned.some(([text]) => text === "connected")) {
      socket.volatile.emit("back", "connected"); // may be dropped while something else is being sent
      await ask(socket, "echo", "");
    }
    socket.disconnect();
    return { returned: [...new Set(returned.map(([text]) => text))] };
  },

  async bytes() {
    const socket = await joined();
    const sent = Buffer.from([0, 1, 254, 255]);
    const ack = await ask(socket, "echo", { deep: [sent] });
    const event = heard(socket, "back");
    socket.emit("back", sent, "and text");
    const [bytes, text] = await event;
    socket.on("question", (question, answer) => answer(sent));
    const answered = heard(socket, "answered");
    socket.emit("ask me", sent);
    const [answer] = await answered;
    socket.disconnect();
    return { ack: [...ack.deep[0]], event: [...bytes], text, answer: [...answer] };
  },

  async retries() {
    const socket = await joined("", { retries: 3, ackTimeout: PATIENCE_MS });
    const returned = [];
    socket.on("back", (...args) => returned.push(args));
    const numbers = [1, 2, 3, 4, 5];
    const acks = await Promise.all(
      numbers.map(
        (number) => new Promise((resolve) => socket.emit("back", number, (error) => resolve(error ?? "ok"))),
      ),
    );
    await ask(socket, "echo", "all are there");
    socket.disconnect();
    const silent = await joined("/quiet", { retries: 2, ackTimeout: FEW_MS });
    let tries = 0;
    silent.onAnyOutgoing(() => (tries += 1));
    const failure = await new Promise((resolve) => silent.emit("nobody", (error) => resolve(error.message)));
    silent.disconnect();
    return { acks, returned, tries, failure };
  },

  async catch_all() {
    const socket = await joined();
    const [incoming, outgoing] = [[], []];
    socket.onAny((...args) => incoming.push(args));
    socket.onAnyOutgoing((...args) => outgoing.push(args));
    const ack = await ask(socket, "no such event", 1);
    const event = heard(socket, "back");
    socket.emit("back", "x");
    await event;
    socket.disconnect();
    return {
      ack,
      incoming: incoming.filter(([name]) => name !== "left"),
      outgoing: outgoing.map(([name]) => name),
    };
  },

  async reasons() {
    const watcher = await joined();
    const left = [];
    watcher.on("left", ([sid, reason]) => left.push([sid, reason]));
    const reasonOf = async (sid) => {
      await until(watcher, "left", () => left.some(([gone]) => gone === sid));
      return left.find(([gone]) => gone === sid)[1];
    };
    const seen = {};
    const kicked = await joined();
    const { id } = kicked;
    const end = heard(kicked, "disconnect");
    kicked.emit("kick me");
    const [told] = await end;
    seen.server = [told, kicked.active, await reasonOf(id)];
    const leaving = await joined();
    const leaver = leaving.id;
    const staying = leaving.io.socket("/room-1"); // so that no close of the connection overtakes the DISCONNECT
    staying.connect();
    await heard(staying, "connect");
    const reason = heard(leaving, "disconnect");
    leaving.disconnect();
    seen.client = [(await reason)[0], leaving.active, await reasonOf(leaver)];
    staying.disconnect();
    const lost = await joined("", { reconnectionDelay: 50 });
    seen.lost = [await cut(lost), lost.active];
    await heard(lost, "connect");
    lost.disconnect();
    watcher.disconnect();
    return seen;
  },

  async recovery() {
    const auth = { group: `group of ${transports}` };
    const options = { auth, query: { recovery: "1" }, reconnectionDelay: 1_000, reconnectionDelayMax: 1_000 };
    const [socket, other] = [await joined("", options), await joined("", { auth })];
    const tell = (number) => ask(other, "tell", auth.group, number); // acked when it was told
    const got = [];
    socket.on("told", (number) => got.push(number));
    await tell(1);
    await until(socket, "told", () => got.length);
    const { id } = socket;
    const returned = cut(socket).then(() => heard(socket, "connect"));
    await tell(2);
    await tell(3);
    await returned;
    const { recovered } = socket;
    await tell(4);
    await until(socket, "told", () => got.includes(4));
    const seen = { recovered, same: socket.id === id, got };
    socket.disconnect();
    other.disconnect();
    return seen;
  },
};

const seen = {};
for (const [name, part] of Object.entries(parts))
  seen[name] = await part().catch((error) => ({ error: error.message }));
console.log(JSON.stringify(seen));
process.exit(0);
