import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "../components/styles/index.css";
import { Boundary } from "../components/parts/Boundary.js";
import { Broken } from "./Broken.js";
import "./page.css";
import { followAddress } from "./place.js";
import { Start } from "./Start.js";
import { followWorker } from "./worker.js";

followAddress();
followWorker();
createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <Boundary fallback={(retry) => <Broken onRetry={retry} />}>
      <Start />
    </Boundary>
  </StrictMode>,
);
