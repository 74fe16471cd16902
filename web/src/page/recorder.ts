import type { Connection } from "../client/connection.js";
import { Store } from "../client/store.js";

const KEPT = 120; // frames
const SHOWN_CHARACTERS = 160;
const PINGS: ReadonlySet<string> = new Set(["2", "3"]);

/** A frame as it went over the wire. */
export interface Frame {
  readonly id: number;
  readonly at: number;
  readonly direction: "in" | "out";
  readonly text: string;
  readonly characters: number;
}

/** What a connection has carried. */
export interface Traffic {
  /** The newest frames, newest first. */
  readonly frames: readonly Frame[];
  readonly sent: number;
  readonly received: number;
  /** How long the last acks took, milliseconds, newest last. */
  readonly latencies: readonly number[];
  readonly reconnects: number;
}

export const NOTHING: Traffic = { frames: [], sent: 0, received: 0, latencies: [], reconnects: 0 };

const LATENCIES = 50;
const EVENT = /^42(\d+)\[/u; // Engine.IO message, Socket.IO event with an id
const ACK = /^43(\d+)\[/u;
const TOKEN = /("token":")[^"]*/u;

type Engine = Connection["socket"]["io"]["engine"];
type Packet = { type: string; data?: unknown };

/** Writes down a connection's frames: the stock client's engine tells of each. */
export class Recorder {
  readonly traffic = new Store<Traffic>(NOTHING);
  readonly #connection: Connection;
  readonly #asked = new Map<string, number>();
  #engine: Engine | undefined;
  #opened = 0;
  #last = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Listens from now on, also to each new engine after a break; the function returned ends that. */
  follow(): () => void {
    const { io: manager } = this.#connection.socket;
    const begin = (): void => this.#begin(manager.engine);
    manager.on("open", begin);
    if (manager._readyState === "open") begin();
    return () => {
      manager.off("open", begin);
      this.#engine?.off("packet", this.#came).off("packetCreate", this.#went);
    };
  }

  #begin(engine: Engine): void {
    this.#engine = engine;
    this.#asked.clear();
    this.#opened += 1;
    this.#add({ reconnects: this.#opened - 1 });
    engine.on("packet", this.#came).on("packetCreate", this.#went);
  }

  readonly #came = ({ type, data }: Packet): void => this.#frame("in", type, data);
  readonly #went = ({ type, data }: Packet): void => this.#frame("out", type, data);

  #frame(direction: Frame["direction"], type: string, data: unknown): void {
    const code = { open: "0", close: "1", ping: "2", pong: "3", message: "4" }[type] ?? "6";
    const text = `${code}${typeof data === "string" ? data : ""}`;
    const { frames, sent, received } = this.traffic.get();
    const frame = {
      id: (this.#last += 1),
      at: Date.now(),
      direction,
      text: shortened(text),
      characters: text.length,
    };
    this.#add({
      frames: PINGS.has(text) ? frames : [frame, ...frames.slice(0, KEPT - 1)],
      sent: sent + Number(direction === "out"),
      received: received + Number(direction === "in"),
    });
    this.#measure(direction, text);
  }

  #measure(direction: Frame["direction"], text: string): void {
    const [, id] = (direction === "out" ? EVENT : ACK).exec(text) ?? [];
    if (id === undefined) return;
    const now = performance.now();
    const askedAt = this.#asked.get(id);
    if (direction === "out") this.#asked.set(id, now);
    else if (askedAt !== undefined)
      this.#add({ latencies: [...this.traffic.get().latencies.slice(1 - LATENCIES), now - askedAt] });
  }

  #add(news: Partial<Traffic>): void {
    this.traffic.set({ ...this.traffic.get(), ...news });
  }
}

/** A frame as it may be shown: without a key, and not endless. */
function shortened(text: string): string {
  const bare = text.replace(TOKEN, "$1…");
  return bare.length > SHOWN_CHARACTERS ? `${bare.slice(0, SHOWN_CHARACTERS)}…` : bare;
}
