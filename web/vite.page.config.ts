import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { slim } from "./vite.slim";

/** The page that `make run` and the cloud's site serve: `web/dist`, whose `assets/` have their contents in their names. */
export default defineConfig({
  plugins: [
    react(),
    ...slim,
    {
      name: "import-alone", // what is loaded on use has no style sheet of its own that vite's helper would wait for
      enforce: "pre",
      load: (id) =>
        id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load();" : null,
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
