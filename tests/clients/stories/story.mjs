/**
 * What a client of the chat lives through: refused, let in, joined, answered, stopped, cut off, back again. `story.py` is
 * the same for Python. Runs in Node and in a browser, with the `io` of any release.
 *
 * asked: {url, path, tokens: those of two users of whom nobody has heard for a while, transports?, ends: the transport that
 * a connection is to end up with, recovers: whether this release knows connection-state recovery}.
 * cut: ends the sessions of now, resolves when that is done.
 *
 * Resolves to {done: names of the steps that went well, in order, failed: null, or {step, why, heard}}.
 */
const AGENT = { agentId: "echo" };
const PATIENCE_MS = 30_000;
const TEXT = Array.from({ length: 60 }, (_, at) => `word${at}`).join(" "); // an answer of 20 chunks, in a second
const CHUNK = "chat:message:stream";
const COMPLETE = "chat:message:complete";

export async function story(io, asked, cut) {
  const done = [];
  for (const [step, play] of Object.entries(STEPS)) {
    if (step === "recovery" && !asked.recovers) continue;
    const devices = [];
    const open = (more = {}, user = 0) => {
      devices.push(new Device(io, asked, user, more));
      return devices.at(-1);
    };
    try {
      await play(open, asked, cut);
    } catch (error) {
      const heard = devices.map(({ log }) => log.slice(-6));
      return { done, failed: { step, why: String(error), heard } };
    } finally {
      devices.forEach(({ socket }) => socket.disconnect());
    }
    done.push(step);
  }
  return { done, failed: null };
}

/** A socket that remembers what it hears. */
class Device {
  constructor(io, { url, path, tokens, transports }, user, more) {
    const given = transports ? { transports } : {};
    const own = { path, auth: { token: tokens[user] }, forceNew: true, reconnectionDelay: 500 };
    this.socket = io(url, { ...own, ...given, ...more });
    this.began = this.transport;
    this.log = [];
    const hear = (name, body) => this.log.push({ name, body });
    this.socket.on("connect", () => hear("connect"));
    this.socket.on("connect_error", ({ message, data }) => hear("connect_error", { message, data }));
    this.socket.on("disconnect", (reason) => hear("disconnect", { reason }));
    this.socket.onAny(hear);
  }

  get transport() {
    return this.socket.io.engine.transport.name;
  }

  /** The body of the first event of a name, from `after` on, that is as wanted. */
  async hears(name, isWanted = () => true, after = 0) {
    const find = () => this.log.slice(after).find((each) => each.name === name && isWanted(each.body));
    await until(find, `no ${name}`);
    return find().body;
  }

  async calls(event, payload) {
    let ack;
    this.socket.emit(event, payload, (body) => (ack = body));
    await until(() => ack, `no ack of ${event}`);
    return ack;
  }

  async succeeds(event, payload) {
    const ack = await this.calls(event, payload);
    check(ack.ok, ack);
    return ack;
  }

  /** The chunks of an answer that came so far, from `after` on. */
  chunks(messageId, after = 0) {
    const heard = this.log.slice(after).map(({ name, body }) => (name === CHUNK ? body : {}));
    return heard.filter(of(messageId));
  }

  /** Is cut off, and comes back; since when. */
  async isCut(cut) {
    const after = this.log.length;
    await cut();
    await this.hears("disconnect", undefined, after);
    await this.hears("connect", undefined, after);
    return after;
  }
}

const STEPS = {
  async refused(open) {
    const { message, data } = await open({ auth: { token: "nobody's" } }).hears("connect_error");
    check(message && data.code === "unauthorized", { message, data });
  },

  async connect(open, { transports, ends }) {
    const device = open();
    check(device.began === (transports ?? ["polling"])[0], device.began);
    await device.hears("connect");
    await until(() => device.transport === ends, `not on ${ends}`);
  },

  async join(open) {
    const { room, messages } = await open().succeeds("chat:join", AGENT);
    check(room.startsWith("chat:echo:") && Array.isArray(messages), room);
  },

  async message(open) {
    const device = open();
    const { replyId } = await device.succeeds("chat:message", { ...AGENT, message: TEXT });
    const { message, finishReason, chunks } = await device.hears(COMPLETE, of(replyId));
    check(message === TEXT && finishReason === "stop", { message, finishReason });
    const heard = device.chunks(replyId);
    check(heard.length === chunks && heard.every(({ index }, at) => index === at), heard);
    check(joined(heard) === TEXT, heard);
  },

  async stop(open) {
    const device = open();
    const { replyId } = await device.succeeds("chat:message", { ...AGENT, message: LONG });
    await device.hears(CHUNK, of(replyId));
    await device.succeeds("chat:stop", { ...AGENT, messageId: replyId });
    const { message, finishReason } = await device.hears(COMPLETE, of(replyId));
    check(LONG.startsWith(message) && message !== LONG && finishReason === "stopped", {
      message,
      finishReason,
    });
  },

  async typing(open) {
    const [one, other] = [open(), open()];
    for (const device of [one, other]) await device.succeeds("chat:join", AGENT);
    await other.succeeds("chat:typing", { ...AGENT, isTyping: true });
    await one.hears("chat:typing", ({ userId, isTyping }) => userId && isTyping);
  },

  async presence(open) {
    const [one, other] = [open(), open({}, 1)];
    const { room } = await other.succeeds("chat:join", AGENT);
    const userId = room.split(":").at(-1);
    const { presence } = await one.succeeds("presence:subscribe", { userIds: [userId] });
    check(presence[userId].status === "online", presence);
    for (const status of ["away", "online"]) {
      const after = one.log.length;
      check((await other.succeeds(`presence:${status}`, {})).status === status, status);
      await one.hears("presence:updated", (body) => body.userId === userId && body.status === status, after);
    }
  },

  async "bad input"(open) {
    const device = open();
    const { ok, error } = await device.calls("chat:message", { ...AGENT, message: 7 });
    check(!ok && error.code === "invalid" && error.issues[0].path === "message", error);
    const unknown = await device.calls("no:such", {});
    check(unknown.error.code === "not_found", unknown);
    device.socket.emit("chat:join", {});
    const told = await device.hears("error");
    check(told.event === "chat:join" && told.code === "invalid", told);
    await device.succeeds("chat:join", AGENT);
  },

  async "reconnect and resume"(open, _, cut) {
    const device = open();
    const { replyId } = await device.succeeds("chat:message", { ...AGENT, message: TEXT });
    await device.hears(CHUNK, (body) => body.messageId === replyId && body.index >= 3);
    const known = device.chunks(replyId).filter(({ index }) => index < 3);
    const { id } = device.socket;
    const after = await device.isCut(cut);
    check(device.socket.id !== id, id);
    const { messages, streams } = await device.succeeds("chat:join", AGENT);
    const running = streams.find(of(replyId));
    if (running) {
      await device.hears(COMPLETE, of(replyId));
      const rest = device.chunks(replyId, after).filter(({ index }) => index >= running.index);
      check(running.text + joined(rest) === TEXT, { running, rest });
    } else check(messages.find(of(replyId)).message === TEXT, messages);
    const said = await device.succeeds("chat:resume", { ...AGENT, messageId: replyId, index: 3 });
    check(said.complete && joined(known) + said.text === TEXT, { known, said });
  },

  async recovery(open, _, cut) {
    const device = open({ query: { recovery: "1" } });
    const { replyId } = await device.succeeds("chat:message", { ...AGENT, message: "hello" });
    await device.hears(COMPLETE, of(replyId)); // a client that has heard nothing has nothing to come back by
    const { id } = device.socket;
    await device.isCut(cut);
    check(device.socket.recovered && device.socket.id === id, "a new session");
  },
};

const LONG = Array(1_500).fill("word").join(" "); // 500 chunks, in half a minute
const of = (messageId) => (body) => body.messageId === messageId;
const joined = (chunks) => chunks.map(({ chunk }) => chunk).join("");

function check(isSo, otherwise) {
  if (!isSo) throw new Error(JSON.stringify(otherwise));
}

async function until(isSo, otherwise) {
  const end = Date.now() + PATIENCE_MS;
  while (!isSo()) {
    if (Date.now() > end) throw new Error(otherwise);
    await new Promise((later) => setTimeout(later, 10));
  }
}
