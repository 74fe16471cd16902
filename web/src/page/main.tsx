import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "../components/styles/index.css";
import { WordsProvider } from "../hooks/useWords.js";
import { Boundary } from "../components/parts/Boundary.js";
import { Broken } from "./Broken.js";
import "./page.css";
import { followAddress } from "./place.js";
import { Start } from "./Start.js";
import { readersWords } from "./words/language.js";
import { followWorker } from "./worker.js";

followAddress();
followWorker();
void readersWords().then((words) =>
  createRoot(document.getElementById("root") as HTMLElement).render(
    <StrictMode>
      <WordsProvider words={words}>
        <Boundary fallback={(retry) => <Broken onRetry={retry} />}>
          <Start />
        </Boundary>
      </WordsProvider>
    </StrictMode>,
  ),
); // awaited at the top of this module, what is shared with parts that are loaded on use would be chunks of its own
