import type { Plugin } from "vite";

/** Leaves out what of the dependencies is never used: other transports, and what of marked writes HTML. */
export const slim: Plugin[] = [
  {
    name: "websocket-alone", // as the client connects: polling and WebTransport stay out of a page's first load
    load: (id) =>
      id.endsWith("/engine.io-client/build/esm/transports/index.js")
        ? 'import { WS } from "./websocket.node.js"; export const transports = { websocket: WS };'
        : null,
  },
  {
    name: "lexer-alone", // what writes HTML hangs on the instance that marked makes of itself: that is left out
    transform: (code, id) => {
      if (!id.endsWith("/marked/lib/marked.esm.js")) return null;
      const [, classes, names] = /^([^]*)var \w+=new \w+;function [^]*export\{(.*?)\};/u.exec(code) ?? [];
      const exported = names?.split(",").filter((name) => / as (Lexer|Tokenizer)$/u.test(name)) ?? [];
      if (exported.length !== 2) throw new Error("marked is not built as it was: see vite.slim.ts");
      return `${classes}export{${exported.join(",")}};`;
    },
  },
];
