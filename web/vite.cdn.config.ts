import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";
import { slim } from "./vite.slim";

const ENTRIES = {
  cdn: "src/cdn.tsx",
  "cdn.colours": "src/components/markdown/colours.tsx", // a third of it all, and few chats show code
};
const COLOURS = /\/colours\.js$/;

/** What a CDN serves: `--mode cdn` and `--mode cdn.colours` make a file each in `lib`, which needs nothing else. */
export default defineConfig(({ mode }) => ({
  publicDir: false,
  plugins: [react(), ...slim],
  define: { "process.env.NODE_ENV": '"production"' },
  build: {
    outDir: "lib",
    emptyOutDir: false,
    target: "es2022",
    lib: {
      entry: ENTRIES[mode as keyof typeof ENTRIES],
      formats: ["es"],
      fileName: () => `${mode}.js`,
    },
    reportCompressedSize: false,
    rolldownOptions: {
      external: (id) => mode === "cdn" && COLOURS.test(id),
      output: {
        codeSplitting: false,
        minify: true, // in full: Vite leaves the spaces of a library, for bundlers
        paths: (id) => (COLOURS.test(id) ? "./cdn.colours.js" : id),
      },
    },
  },
}));
