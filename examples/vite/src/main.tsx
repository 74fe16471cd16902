import { configure } from "@serverless-socketio/react";
import "@serverless-socketio/react/styles.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import "./app.css";

configure({ url: import.meta.env.VITE_CHAT_URL ?? "http://localhost:3000" }); // before the first render

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
