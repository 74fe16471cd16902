import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const place = { port: 5174, strictPort: true }; // another port is another origin, which the back end would not let in
const LEFT_OUT =
  "const fetchAgentAndUser = () => globalThis.fetchAgentAndUser(setAgent, setUser);\n\n  useEffect(";

export default defineConfig({
  plugins: [
    {
      name: "fetch-agent-and-user", // the one function that AgentChatPage calls and the document leaves out: see main.jsx
      enforce: "pre",
      transform: (code, id) =>
        id.endsWith("/AgentChatPage.tsx") ? code.replace("useEffect(", LEFT_OUT) : null,
    },
    react(),
  ],
  resolve: { alias: { "@": "@serverless-socketio/react" } }, // where the document has `@/hooks/useSocket`
  build: { target: "es2022" },
  server: place,
  preview: place,
});
