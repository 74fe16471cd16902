import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A TCP proxy whose connections can go half open: they stay, and nothing moves in them. */
export class Proxy {
  readonly #listener: Server;
  #pairs: [Socket, Socket][] = [];
  /** Whether new connections carry nothing either. */
  isDown = false;
  /** How many connections were made. */
  count = 0;

  private constructor(target: number) {
    this.#listener = createServer((client) => this.#accept(client, target));
  }

  static async to(url: string): Promise<Proxy> {
    const proxy = new Proxy(Number(new URL(url).port));
    await new Promise<void>((resolve) => proxy.#listener.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#listener.address() as AddressInfo).port}`;
  }

  /** Moves nothing any more in the connections of now. */
  freeze(): void {
    for (const [one, other] of this.#pairs) {
      one.unpipe(other);
      other.unpipe(one);
      one.pause();
      other.pause();
    }
  }

  close(): void {
    this.#listener.close();
    this.#pairs.flat().forEach((socket) => socket.destroy());
  }

  #accept(client: Socket, target: number): void {
    this.count += 1;
    const server = connect(target, "127.0.0.1");
    this.#pairs.push([client, server]);
    for (const socket of [client, server]) socket.on("error", () => socket.destroy());
    if (this.isDown) return;
    client.pipe(server);
    server.pipe(client);
  }
}
