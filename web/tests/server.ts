import { createServer, type Server as HttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Server, type ServerOptions, type Socket } from "socket.io";
import type {
  ChatMessage,
  ChatRegenerate,
  ClientEvents,
  Complete,
  Message,
  PresenceUpdated,
  PushPreferences,
  ServerEvents,
} from "../src/events.gen.js";
import type { Refusal } from "../src/client/errors.js";

type Answerer = (message: string) => string[];
type Reply = (answer: object) => void;
type Handler = (socket: Socket, payload: never, reply: Reply) => void;

interface Running {
  readonly agentId: string;
  readonly messageId: string;
  readonly replyTo: string;
  readonly replaces?: string | undefined;
  readonly room: string;
  readonly chunks: string[];
  said: number;
}

/** A chat server that speaks the contract from memory, over a real Socket.IO server, with faults to order. */
export class FakeChat {
  /** Every event that clients sent, in order. */
  readonly received: { event: keyof ClientEvents; payload: Record<string, unknown>; socket: Socket }[] = [];
  /** The history of each room. */
  readonly history = new Map<string, Message[]>();
  /** How an agent answers; by default it says the message itself. */
  answerer: Answerer = (message) => message.match(/\S+\s*/g) ?? [message];
  /** Whether answers are spoken at once; else by `say` and `finish`. */
  speaks = true;
  /** Why connections are refused. */
  refusal: { code: string; message: string } | null = null;
  /** What the next events of a kind are refused with. */
  /** The tokens that were refreshed with. */
  readonly refreshes: string[] = [];
  readonly refusals: Partial<Record<keyof ClientEvents, Refusal[]>> = {};
  /** How long every ack takes. */
  delayMs = 0;
  /** An event that is never acknowledged. */
  silentAbout: keyof ClientEvents | null = null;
  /** How many acks of `chat:message` are lost next, each with its connection. */
  lostAcks = 0;
  /** Chunks that get lost on their way. */
  readonly lostChunks = new Set<number>();
  /** The user's settings of notifications. */
  readonly pushSettings: PushPreferences = { quietHours: null, timeZone: "UTC", mutedAgents: [] };
  running: Running | null = null;
  vapidPublicKey: string | null = null;
  /** The endpoints of browsers that are subscribed. */
  readonly subscribers = new Set<string>();
  #ids = 0;
  readonly #known = new Map<string, { messageId: string; replyId: string; timestamp: number }>();
  readonly #ended = new Map<string, { text: string; index: number; finishReason: "stop" | "stopped" }>();

  private constructor(
    readonly io: Server,
    readonly http: HttpServer,
  ) {
    io.use((_, next) => {
      if (!this.refusal) {
        next();
        return;
      }
      next(Object.assign(new Error(this.refusal.message), { data: { code: this.refusal.code } }));
    });
    io.on("connection", (socket) => this.#connected(socket));
  }

  static async start(options: Partial<ServerOptions> = {}): Promise<FakeChat> {
    const http = createServer();
    const io = new Server(http, {
      path: "/api/socketio",
      addTrailingSlash: false,
      transports: ["websocket"],
      ...options,
    });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return new FakeChat(io, http);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  get sockets(): Socket[] {
    return [...this.io.sockets.sockets.values()];
  }

  async close(): Promise<void> {
    await this.io.close();
  }

  /** Cuts every connection, as a lost network does. */
  cut(): void {
    this.sockets.forEach((socket) => socket.conn.close());
  }

  /** The payloads of an event that clients sent. */
  payloads(event: keyof ClientEvents): Record<string, unknown>[] {
    return this.received.filter((one) => one.event === event).map(({ payload }) => payload);
  }

  emit<E extends keyof ServerEvents>(room: string, event: E, body: ServerEvents[E]): void {
    this.io.to(room).emit(event, body);
  }

  presence(news: PresenceUpdated): void {
    this.io.emit("presence:updated", news);
  }

  /** Puts a message into a chat's history, without a word to anybody. */
  remember(
    agentId: string,
    userId: string,
    role: "user" | "agent",
    message: string,
    finishReason: Complete["finishReason"] = "stop",
  ): Message {
    const ids = { agentId, userId, messageId: this.#id() };
    const end = role === "agent" ? { finishReason } : {};
    const stored = { ...ids, role, message, timestamp: Date.now(), ...end };
    this.#lines(`chat:${agentId}:${userId}`).push(stored);
    return stored;
  }

  /** Says the next chunk of the answer. */
  say(): void {
    const { running } = this;
    if (!running) return;
    const index = running.said++;
    if (!this.lostChunks.has(index)) this.repeat(index);
  }

  /** Says a chunk, perhaps again. */
  repeat(index: number): void {
    const running = this.running as Running;
    const { agentId, messageId, replyTo, room, replaces } = running;
    const chunk = running.chunks[index] ?? "";
    this.emit(room, "chat:message:stream", {
      agentId,
      messageId,
      replyTo,
      chunk,
      index,
      timestamp: Date.now(),
      ...(replaces && { replaces }),
    });
  }

  /** Ends the answer: the history first, then the word. */
  finish(finishReason: "stop" | "stopped" = "stop"): void {
    const running = this.running as Running;
    const { agentId, messageId, replyTo, room, replaces } = running;
    const again = replaces ? { replaces } : {};
    const message = running.chunks.slice(0, running.said).join("").trimEnd();
    const timestamp = Date.now();
    this.running = null;
    this.#ended.set(messageId, { text: message, index: running.said, finishReason });
    this.#lines(room).push({
      agentId,
      userId: room.split(":")[2] ?? "",
      messageId,
      role: "agent",
      message,
      timestamp,
      finishReason,
      ...again,
    });
    const ids = { agentId, messageId, replyTo, ...again };
    const body = { ...ids, message, chunks: running.said, finishReason, timestamp };
    this.emit(room, "chat:message:complete", body);
    const relation = { emotions: { joy: 0.5 }, relationLevel: 10, relationState: "acquaintance" };
    this.emit(room, "relation:updated", { agentId, userId: "alice", ...relation, timestamp });
  }

  /** Says all that is left of the answer, and ends it. */
  finishSpeaking(): void {
    while (this.running && this.running.said < this.running.chunks.length) this.say();
    if (this.running) this.finish();
  }

  #connected(socket: Socket): void {
    const userId = String((socket.handshake.auth as { token?: string }).token).replace(/-key$/, "");
    socket.data = { userId };
    void socket.join(`user:${userId}`);
    const handlers: Partial<Record<keyof ClientEvents, Handler>> = {
      "auth:refresh": (_, { token }: { token: string }, reply) => {
        this.refreshes.push(token);
        reply({ expiresAt: Date.now() + 60_000 });
      },
      "chat:join": (_, { agentId, since }: { agentId: string; since?: string }, reply) => {
        void socket.join(this.#room(socket, agentId));
        reply({ ok: true, ...this.#joined(this.#room(socket, agentId), agentId, since) });
      },
      "chat:message": (_, payload: ChatMessage, reply) => this.#message(socket, payload, reply),
      "chat:regenerate": (_, payload: ChatRegenerate, reply) => this.#regenerate(socket, payload, reply),
      "chat:history": (_, payload: { agentId: string; before?: string; limit: number }, reply) => {
        const lines = this.#lines(this.#room(socket, payload.agentId));
        const earlier = lines.filter(({ messageId }) => messageId < (payload.before ?? "~"));
        const messages = earlier.slice(-payload.limit);
        const nextBefore = earlier.length > messages.length ? (messages[0]?.messageId ?? null) : null;
        reply({ ok: true, messages, nextBefore });
      },
      "chat:resume": (_, { messageId, index }: { messageId: string; index: number }, reply) => {
        const ended = this.#ended.get(messageId);
        if (ended) {
          const skipped = this.answerer(ended.text).slice(0, index).join("").length;
          reply({ ok: true, ...ended, text: ended.text.slice(skipped), complete: true });
          return;
        }
        const running = this.running?.messageId === messageId ? this.running : null;
        if (!running) {
          reply({ ok: false, error: { code: "not_found", message: "There is no such answer." } });
          return;
        }
        const text = running.chunks.slice(index, running.said).join("");
        reply({ ok: true, text, index: Math.max(index, running.said), complete: false });
      },
      "chat:stop": (_, __, reply) => {
        reply({ ok: true });
        if (this.running) this.finish("stopped");
      },
      "chat:typing": (_, { agentId, isTyping }: { agentId: string; isTyping: boolean }, reply) => {
        socket
          .to(this.#room(socket, agentId))
          .emit("chat:typing", { agentId, userId, isTyping, timestamp: Date.now() });
        reply({ ok: true });
      },
      "presence:subscribe": (_, { userIds }: { userIds: string[] }, reply) => {
        const presence = Object.fromEntries(userIds.map((id) => [id, { status: "offline", lastSeen: null }]));
        reply({ ok: true, presence });
      },
      "push:subscribe": (_, { subscription }: { subscription: { endpoint: string } }, reply) => {
        this.subscribers.add(subscription.endpoint);
        reply({ ok: true, subscriptionId: subscription.endpoint });
      },
      "push:unsubscribe": (_, { endpoint }: { endpoint: string }, reply) => {
        this.subscribers.delete(endpoint);
        reply({ ok: true });
      },
      "push:settings": (_, changes: object, reply) => {
        Object.assign(this.pushSettings, changes);
        reply({ ok: true, ...this.pushSettings });
      },
      "push:status": (_, { endpoint }: { endpoint?: string }, reply) => {
        const subscribed =
          endpoint === undefined ? this.subscribers.size > 0 : this.subscribers.has(endpoint);
        reply({ ok: true, subscribed, vapidPublicKey: this.vapidPublicKey });
      },
    };
    socket.onAny((event: keyof ClientEvents, payload: Record<string, unknown>, ack?: Reply) => {
      this.received.push({ event, payload, socket });
      if (event === this.silentAbout) return;
      const reply: Reply = (answer) => {
        if (this.delayMs > 0) setTimeout(() => ack?.(answer), this.delayMs);
        else ack?.(answer);
      };
      const refusal = this.refusals[event]?.shift();
      if (refusal) {
        reply({ ok: false, error: refusal });
        return;
      }
      const handler = handlers[event];
      if (handler) handler(socket, payload as never, reply);
      else reply({ ok: true });
    });
  }

  #joined(room: string, agentId: string, since: string | undefined): object {
    const lines = this.#lines(room).filter(({ messageId }) => since === undefined || messageId > since);
    const messages = lines.slice(-50);
    const { running } = this;
    const streams =
      running?.room === room
        ? [
            {
              messageId: running.messageId,
              text: running.chunks.slice(0, running.said).join(""),
              index: running.said,
              ...(running.replaces && { replaces: running.replaces }),
            },
          ]
        : [];
    return {
      room,
      agentId,
      messages,
      nextBefore: lines.length > messages.length ? messages[0]?.messageId : null,
      emotions: { joy: 0.3 },
      relationLevel: 0,
      relationState: "stranger",
      streams,
    };
  }

  #message(socket: Socket, { agentId, message, clientMessageId }: ChatMessage, reply: Reply): void {
    const room = this.#room(socket, agentId);
    const isLost = this.lostAcks > 0;
    const ack: Reply = isLost ? () => socket.conn.close() : reply;
    if (isLost) this.lostAcks -= 1;
    const known = this.#known.get(`${room} ${clientMessageId}`);
    if (known) {
      ack({ ok: true, ...known, duplicate: true });
      return;
    }
    if (this.running) {
      const error = { code: "conflict", message: "Still answering.", messageId: this.running.messageId };
      reply({ ok: false, error });
      return;
    }
    const ids = { messageId: this.#id(), replyId: this.#id(), timestamp: Date.now() };
    if (clientMessageId) this.#known.set(`${room} ${clientMessageId}`, ids);
    const named = clientMessageId ? { clientMessageId } : {};
    const userId = (socket.data as { userId: string }).userId;
    const { messageId, timestamp } = ids;
    const stored: Message = { agentId, userId, messageId, ...named, role: "user", message, timestamp };
    this.#lines(room).push(stored);
    void socket.join(room);
    this.running = {
      agentId,
      messageId: ids.replyId,
      replyTo: messageId,
      room,
      chunks: this.answerer(message),
      said: 0,
    };
    ack({ ok: true, ...ids, duplicate: false });
    socket.to(room).emit("chat:message", stored);
    if (this.speaks) setTimeout(() => this.finishSpeaking(), 5);
  }

  #regenerate(
    socket: Socket,
    { agentId, messageId: replaces, clientMessageId }: ChatRegenerate,
    reply: Reply,
  ): void {
    const room = this.#room(socket, agentId);
    const isLost = this.lostAcks > 0;
    const ack: Reply = isLost ? () => socket.conn.close() : reply;
    if (isLost) this.lostAcks -= 1;
    const known = this.#known.get(`${room} ${clientMessageId}`);
    if (known) {
      ack({ ok: true, ...known, duplicate: true });
      return;
    }
    if (this.running) {
      const error = { code: "conflict", message: "Still answering.", messageId: this.running.messageId };
      reply({ ok: false, error });
      return;
    }
    const lines = this.#lines(room);
    const former = lines.at(-1);
    const asked = lines.findLast(({ role }) => role === "user");
    if (former?.messageId !== replaces || former.role !== "agent" || !asked) {
      reply({
        ok: false,
        error: { code: "not_found", message: "This is not the newest answer of this chat." },
      });
      return;
    }
    const ids = { messageId: asked.messageId, replyId: this.#id(), timestamp: Date.now() };
    if (clientMessageId) this.#known.set(`${room} ${clientMessageId}`, ids);
    lines[lines.length - 1] = { ...former, replacedBy: ids.replyId };
    void socket.join(room);
    const chunks = this.answerer(asked.message);
    this.running = {
      agentId,
      messageId: ids.replyId,
      replyTo: asked.messageId,
      replaces,
      room,
      chunks,
      said: 0,
    };
    ack({ ok: true, ...ids, duplicate: false });
    if (this.speaks) setTimeout(() => this.finishSpeaking(), 5);
  }

  #room(socket: Socket, agentId: string): string {
    return `chat:${agentId}:${(socket.data as { userId: string }).userId}`;
  }

  #lines(room: string): Message[] {
    const lines = this.history.get(room) ?? [];
    this.history.set(room, lines);
    return lines;
  }

  #id(): string {
    return `01M${String(++this.#ids).padStart(6, "0")}`;
  }
}
