// Two people in a chat, by a stock client: node client.mjs http://localhost:5000 /socket.io
import { Manager } from "socket.io-client";

const [url, path] = process.argv.slice(2);
const tell = (what, told) => console.log(`${what}: ${JSON.stringify(told)}`);

/** One connection. `heard` has its events; `next` waits for the first that was not waited for yet. */
class Person {
  heard = [];
  #told = 0;
  #wake = () => {};
  constructor(auth, namespaces = ["/"]) {
    const manager = new Manager(url, { path, transports: ["websocket"], reconnection: false });
    this.sockets = Object.fromEntries(namespaces.map((each) => [each, manager.socket(each, { auth })]));
    this.sure = [];
    for (const socket of Object.values(this.sockets)) {
      socket.on("connect_error", ({ message, data }) => this.#hear("refused", [message, data]));
      socket.on("connect", () => this.#hear("connected", []));
      socket.onAny((event, ...args) => {
        if (event === "sure") args.pop()(this.sure.shift());
        this.#hear(event, args);
      });
      socket.connect();
    }
  }
  #hear(event, args) {
    this.heard.push([event, ...args]);
    this.#wake();
  }
  async next() {
    while (this.#told === this.heard.length) await new Promise((wake) => (this.#wake = wake));
    return this.heard[this.#told++];
  }
  ask(event, args, namespace = "/") {
    return new Promise((acked) => this.sockets[namespace].emit(event, ...args, (...answer) => acked(answer)));
  }
  leave() {
    for (const socket of Object.values(this.sockets)) socket.disconnect();
  }
}

const nobody = new Person({});
tell("nobody", await nobody.next());
nobody.leave();

const ada = new Person({ name: "Ada" });
tell("Ada", await ada.next());
const bo = new Person({ name: "Bo", key: "staff" }, ["/", "/staff"]);
tell("Bo", [await bo.next(), await bo.next()]);

tell("Ada says too early", await ada.ask("say", ["hello"]));
tell("Ada enters", await ada.ask("enter", ["lobby"]));
tell("Bo enters", await bo.ask("enter", ["lobby"]));
tell("Ada", await ada.next());
tell("Ada says", await ada.ask("say", ["hello"]));
tell("Ada and Bo", [await ada.next(), await bo.next()]);
tell("Ada dances", await ada.ask("dance", []));
tell("Bo announces", await bo.ask("announce", ["tea"], "/staff"));
tell("Ada and Bo", [await ada.next(), await bo.next()]);
ada.sure.push(false, true);
tell("Ada stays", [await ada.ask("leave", []), await ada.next()]);
tell("Ada leaves", [await ada.ask("leave", []), await ada.next()]);
tell("Bo", await bo.next());
tell("Ada enters", await ada.ask("enter", ["lobby"]));
tell("Bo", await bo.next());
ada.leave();
tell("Bo", await bo.next());
tell("Bo closes", [await bo.ask("close", ["lobby"], "/staff"), await bo.next()]);
tell("Bo says", await bo.ask("say", ["anyone?"]));
bo.leave();
tell(
  "Ada heard in all",
  ada.heard.map(([event]) => event),
);
tell(
  "Bo heard in all",
  bo.heard.map(([event]) => event),
);
