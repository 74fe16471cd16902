import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const place = { port: 5173, strictPort: true }; // another port is another origin, which the back end would not let in

export default defineConfig({ plugins: [react()], server: place, preview: place });
