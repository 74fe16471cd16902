import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

/** The page connects by WebSocket alone: of Engine.IO's transports, polling and WebTransport stay out of its first load. */
const webSocketAlone: Plugin = {
  name: "websocket-alone",
  load: (id) =>
    id.endsWith("/engine.io-client/build/esm/transports/index.js")
      ? 'import { WS } from "./websocket.node.js"; export const transports = { websocket: WS };'
      : null,
};

/** The page that `make run` and the cloud's site serve: `web/dist`, whose `assets/` have their contents in their names. */
export default defineConfig({
  plugins: [react(), webSocketAlone],
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the page's policy lets in nothing that stands in the text of a style
    modulePreload: false, // what is loaded on use has nothing that could be fetched beside it
    reportCompressedSize: false,
    rolldownOptions: { output: { chunkFileNames: "assets/[hash].js" } }, // the entry says the names of what it loads on use
  },
});
