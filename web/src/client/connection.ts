import { io, type Socket } from "socket.io-client";
import type { ClientEvents, ServerEvents } from "../events.gen.js";
import type { FreshToken } from "./config.js";
import { ChatError, unanswered, type Refusal } from "./errors.js";
import { checkFrame } from "./limits.js";
import { Listeners, type AnyListener, type Listener } from "./listeners.js";
import { Liveness } from "./liveness.js";
import { Store } from "./store.js";

const ACK_MS = 15_000; // how long an ack may take before an event counts as unanswered
const CONNECT_MS = 10_000; // for the open packet, and again for the answer to CONNECT
const OFFLINE_MS = 10_000; // for which the browser is believed that there is no network
const RETRY_MS_MAX = 20_000; // between two attempts: the client's own random factor spreads a crowd
const DISMISSED_MS = 1_000; // after the server has hung up, doubled each time
const DISMISSED_MS_MAX = 60_000;
const SETTLED_MS = 60_000; // a connection that lasted so long starts afresh

type Payload<E extends keyof ClientEvents> = ClientEvents[E]["payload"];

/** What a good ack says beside `ok`. */
export type AckFields<E extends keyof ClientEvents> = ClientEvents[E]["ack"];

/** An ack as it comes. */
export type Ack<E extends keyof ClientEvents> = ({ ok: true } & AckFields<E>) | { ok: false; error: Refusal };

/** The stock client's socket, typed by the contract. */
export type ChatSocket = Socket<
  { [E in keyof ServerEvents]: (body: ServerEvents[E]) => void },
  { [E in keyof ClientEvents]: (payload: Payload<E>, ack?: (answer: Ack<E>) => void) => void }
>;

/** How a connection is. `offline`: it waits for the network, or was told not to try on. `refused`: it has stopped. */
export type ConnectionState =
  | { readonly status: "idle" | "connecting" | "connected" | "offline" }
  | { readonly status: "reconnecting"; readonly attempt: number }
  | { readonly status: "refused"; readonly error: ChatError };

export interface ConnectionOptions {
  url: string;
  path: string;
  token: string;
  /** See `Config`. */
  freshToken?: FreshToken | undefined;
  /** Default: true. */
  reconnection?: boolean | undefined;
  /** How often in a row. Default: without end. */
  reconnectionAttempts?: number | undefined;
  /** False: the connection is refused here, and nothing is tried. */
  enabled?: boolean | undefined;
}

const SWITCHED_OFF = new ChatError({
  code: "unavailable",
  message: "Real-time chat is switched off in this deployment (ENABLE_WEBSOCKETS=false).",
  clientReason: "switched-off",
});

/** One Socket.IO connection: typed events, acks as promises, and how it is. Nothing is opened before `open`. */
export class Connection {
  readonly socket: ChatSocket;
  readonly state = new Store<ConnectionState>({ status: "idle" });
  readonly #listeners = new Listeners<ServerEvents>();
  readonly #options: ConnectionOptions;
  readonly #liveness = new Liveness({
    probe: () => this.socket.emit("presence:unsubscribe", { userIds: [] }, () => undefined), // costs the server nothing
    end: () => this.socket.io.engine.close(), // the stock client connects again
  });
  #accepting: ReturnType<typeof setTimeout> | undefined;
  #disbelieving: ReturnType<typeof setTimeout> | undefined;
  #dismissals = 0;
  #dismissed: ReturnType<typeof setTimeout> | undefined;
  #settled: ReturnType<typeof setTimeout> | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.socket = io(options.url, {
      path: options.path,
      addTrailingSlash: false, // API Gateway's own endpoint has the stage as its path
      transports: ["websocket"],
      auth: (answer) => this.#authenticate(answer),
      autoConnect: false,
      forceNew: true, // sharing is the pool's business
      reconnection: options.reconnection ?? true,
      reconnectionAttempts: options.reconnectionAttempts ?? Infinity,
      reconnectionDelayMax: RETRY_MS_MAX,
      timeout: CONNECT_MS,
    });
    this.#listen();
  }

  /** Says who this is. Where no token can be had just now, nothing is said: CONNECT comes too late then, and is tried again. */
  #authenticate(answer: (auth: { token: string }) => void): void {
    const { token, freshToken } = this.#options;
    if (!freshToken) {
      answer({ token });
      return;
    }
    freshToken(token, false).then(
      (fresh) => answer({ token: fresh }),
      () => undefined,
    );
  }

  /** Goes on with a newer token. Without one the server closes the connection, which then comes back with what there is. */
  async #refresh(): Promise<void> {
    const { token, freshToken } = this.#options;
    try {
      if (freshToken) await this.ask("auth:refresh", { token: await freshToken(token, true) });
    } catch {
      // it is told once more of no end: the next connection asks for a token again
    }
  }

  get isConnected(): boolean {
    return this.state.get().status === "connected";
  }

  /** Opens the connection; does nothing to one that is open or on its way. */
  open(): void {
    if (this.#options.enabled === false) {
      this.state.set({ status: "refused", error: SWITCHED_OFF });
      return;
    }
    if (this.socket.active) return;
    this.state.set({ status: "connecting" });
    this.socket.connect();
  }

  /** Tries at once, whatever had stopped it or made it wait. */
  retry(): void {
    if (this.isConnected) return;
    this.#stopWaiting();
    this.socket.disconnect(); // ends the wait between two attempts
    this.open();
  }

  /** Closes it for good. */
  close(): void {
    this.#stopWaiting();
    this.socket.disconnect();
    this.state.set({ status: "idle" });
  }

  /**
   * Says that the browser has lost its network, or has it again. It is believed, but not for long: some say so for ever.
   * A connection that is there all the same has to prove that it carries something.
   */
  network(isThere: boolean): void {
    const { status } = this.state.get();
    if (!isThere && ["connecting", "connected", "reconnecting"].includes(status)) {
      this.#stopWaiting();
      this.socket.disconnect();
      this.state.set({ status: "offline" });
      if (this.socket.io.reconnection())
        this.#disbelieving = setTimeout(() => this.socket.connect(), OFFLINE_MS);
    }
    if (isThere && ["offline", "reconnecting"].includes(status)) this.retry();
    if (isThere && status === "connected") this.#liveness.check();
  }

  /** Calls `listener` on every `event`; the function that is returned ends that. */
  on<E extends keyof ServerEvents>(event: E, listener: Listener<ServerEvents[E]>): () => void {
    return this.#listeners.on(event, listener);
  }

  /** Calls `listener` no more; without one, no listener of `event`. */
  off<E extends keyof ServerEvents>(event: E, listener?: Listener<ServerEvents[E]>): void {
    this.#listeners.off(event, listener);
  }

  /** Calls `listener` with every event. */
  onAny(listener: AnyListener<ServerEvents>): () => void {
    return this.#listeners.onAny(listener);
  }

  /**
   * Sends an event, kept until there is a connection, as the stock client does. What is too large is not sent, but
   * refused here as the server would: on the ack, or without one by the event `error`.
   */
  emit<E extends keyof ClientEvents>(event: E, payload: Payload<E>, ack?: (answer: Ack<E>) => void): void {
    try {
      checkFrame(event, payload);
    } catch (error) {
      const refusal = (error as ChatError).toRefusal();
      if (ack) ack({ ok: false, error: refusal });
      else this.#listeners.dispatch("error", { event, ...refusal });
      return;
    }
    const send = this.socket.emit.bind(this.socket) as (event: string, ...args: unknown[]) => void;
    if (!ack) {
      send(event, payload);
      return;
    }
    const acked = this.#expect();
    const timer = setTimeout(acked, ACK_MS); // that of an event that was lost never comes
    send(event, payload, (answer: Ack<E>) => {
      clearTimeout(timer);
      acked();
      ack(answer);
    });
  }

  /** Sends an event and waits for its ack. Throws ChatError: the server's refusal, or `unavailable` where no ack came. */
  async ask<E extends keyof ClientEvents>(event: E, payload: Payload<E>): Promise<AckFields<E>> {
    checkFrame(event, payload);
    const answer = await this.#answer(event, payload);
    if (!answer.ok) throw new ChatError(answer.error);
    return answer;
  }

  async #answer<E extends keyof ClientEvents>(event: E, payload: Payload<E>): Promise<Ack<E>> {
    const socket = this.socket.timeout(ACK_MS) as unknown as {
      emitWithAck(event: string, payload: unknown): Promise<Ack<E>>;
    };
    const acked = this.#expect();
    try {
      return await socket.emitWithAck(event, payload);
    } catch {
      if (this.isConnected) this.#liveness.check();
      throw unanswered(); // too late, or the connection was lost
    } finally {
      acked();
    }
  }

  /** What is sent while there is no connection is kept, and awaits nothing yet. */
  #expect(): () => void {
    return this.isConnected ? this.#liveness.expect() : () => undefined;
  }

  #listen(): void {
    this.socket.onAny((event: keyof ServerEvents, body: ServerEvents[keyof ServerEvents]) =>
      this.#listeners.dispatch(event, body),
    );
    this.#listeners.on("auth:expiring", () => void this.#refresh());
    this.socket.on("connect", () => this.#connected());
    this.socket.on("connect_error", (error) => this.#failed(error));
    this.socket.on("disconnect", (reason) => this.#lost(reason));
    this.socket.io.on("open", () => this.#opened());
    this.socket.io.on("reconnect_attempt", (attempt) => this.#wait(attempt));
    this.socket.io.on("reconnect_failed", () => this.state.set({ status: "offline" }));
  }

  /** There is a transport; CONNECT is on its way, and nothing else would notice that it is not answered. */
  #opened(): void {
    const { engine } = this.socket.io;
    engine.on("packet", () => this.#liveness.heard());
    this.#accepting = setTimeout(() => engine.close(), CONNECT_MS);
  }

  #connected(): void {
    this.#stopWaiting();
    this.state.set({ status: "connected" });
    this.#settled = setTimeout(() => {
      this.#dismissals = 0;
      this.#liveness.settled();
    }, SETTLED_MS);
  }

  #failed(error: Error & { data?: Partial<Refusal> }): void {
    clearTimeout(this.#accepting);
    if (this.socket.active) {
      this.#unreached();
      return;
    } // the stock client goes on by itself
    const { code = "unauthorized", ...extra } = error.data ?? {};
    this.state.set({ status: "refused", error: new ChatError({ ...extra, code, message: error.message }) });
  }

  #unreached(): void {
    if (this.state.get().status !== "reconnecting" || isOffline()) this.#wait(0);
  }

  #lost(reason: Socket.DisconnectReason): void {
    this.#stopWaiting();
    if (reason === "io client disconnect") {
      this.state.set({ status: "idle" });
      return;
    }
    this.#wait(0);
    if (reason === "io server disconnect") this.#askWhy();
  }

  /** A server that hangs up has a reason, such as a revoked key, and tells it when the client connects again. */
  #askWhy(): void {
    const delayMs = Math.min(DISMISSED_MS * 2 ** this.#dismissals, DISMISSED_MS_MAX);
    this.#dismissals += 1;
    this.#dismissed = setTimeout(() => this.socket.connect(), delayMs * (0.5 + Math.random()));
  }

  #stopWaiting(): void {
    for (const timer of [this.#accepting, this.#disbelieving, this.#dismissed, this.#settled])
      clearTimeout(timer);
    this.#liveness.reset();
  }

  #wait(attempt: number): void {
    if (isOffline() || !this.socket.io.reconnection()) {
      this.state.set({ status: "offline" });
      return;
    }
    this.state.set({ status: "reconnecting", attempt });
  }
}

function isOffline(): boolean {
  return typeof navigator !== "undefined" && !navigator.onLine;
}
