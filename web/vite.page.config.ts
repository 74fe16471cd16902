import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The page that `make run` and the cloud's site serve: `web/dist`, whose `assets/` have their contents in their names. */
export default defineConfig({
  plugins: [
    react(),
    {
      name: "websocket-alone", // as the page connects: polling and WebTransport stay out of its first load
      load: (id) =>
        id.endsWith("/engine.io-client/build/esm/transports/index.js")
          ? 'import { WS } from "./websocket.node.js"; export const transports = { websocket: WS };'
          : null,
    },
    {
      name: "import-alone", // what is loaded on use has no style sheet of its own that vite's helper would wait for
      enforce: "pre",
      load: (id) =>
        id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load();" : null,
    },
    {
      name: "lexer-alone", // what writes HTML hangs on the instance that marked makes of itself: that is left out
      transform: (code, id) => {
        if (!id.endsWith("/marked/lib/marked.esm.js")) return null;
        const [, classes, names] = /^([^]*)var \w+=new \w+;function [^]*export\{(.*?)\};/u.exec(code) ?? [];
        const exported = names?.split(",").filter((name) => / as (Lexer|Tokenizer)$/u.test(name)) ?? [];
        if (exported.length !== 2) throw new Error("marked is not built as it was: see vite.page.config.ts");
        return `${classes}export{${exported.join(",")}};`;
      },
    },
  ],
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the page's policy lets in nothing that stands in the text of a style
    modulePreload: false, // what is loaded on use has nothing that could be fetched beside it
    reportCompressedSize: false,
    // All of the first load in one file: what compresses together is smaller, and is one request.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "first-load", tags: ["$initial"] }] } } },
  },
});
