// @vitest-environment happy-dom
import { act, render, screen } from "@testing-library/react";
import { renderToString } from "react-dom/server";
import { afterEach, expect, test, vi } from "vitest";
import { useClock } from "../../src/hooks/useClock.js";
import { useChatWords, useLocale, useRefusal, WordsProvider } from "../../src/hooks/useWords.js";
import { ChatError } from "../../src/client/errors.js";
import { english } from "../../src/words/english/index.js";
import { german } from "../../src/words/german.js";
import { german as pageGerman } from "../../src/page/words/german.js";
import { frame } from "../../src/page/words/english/frame.js";
import { tools } from "../../src/page/words/english/tools.js";
import { pathsOf } from "./marked.js";

afterEach(() => {
  document.documentElement.removeAttribute("lang");
});

function Said() {
  const words = useChatWords();
  return (
    <p>
      {words.send} · {words.stop} · {useLocale()}
    </p>
  );
}

function read(languages: readonly string[]): void {
  vi.spyOn(navigator, "languages", "get").mockReturnValue(languages);
}

/** What is said once whatever is loaded has come. */
async function said(): Promise<string> {
  const { container } = render(<Said />);
  await act(async () => {
    await import("../../src/words/german.js");
  });
  return container.textContent;
}

test.each([
  ["the page is in German", "de", ["en-US"], "Senden · Antwort anhalten · de"],
  ["it is in Austria's, and so is the reader", "de-AT", ["de-AT"], "Senden · Antwort anhalten · de-AT"],
  ["it is in English, whatever the browser speaks", "en", ["de"], "Send · Stop the answer · en"],
  ["it is in a language without words", "fr", ["de"], "Send · Stop the answer · en"],
  [
    "it says nothing, and the reader wants German",
    "",
    ["fr", "de-CH", "en"],
    "Senden · Antwort anhalten · de-CH",
  ],
  [
    "it says nothing, and the reader wants English first",
    "",
    ["en-GB", "de"],
    "Send · Stop the answer · en-GB",
  ],
  ["the reader's is no locale", "en", ["en-US@posix"], "Send · Stop the answer · en"],
  ["it says nothing, and the reader wants others", "", ["fr"], "Send · Stop the answer · en"],
])("the language: %s", async (_, lang, languages, words) => {
  document.documentElement.lang = lang;
  read(languages);
  expect(await said()).toBe(words);
});

test("a provider has the last word, in part or in whole, and the inner one before the outer", () => {
  render(
    <WordsProvider words={german}>
      <WordsProvider words={{ chat: { send: "Los" } }}>
        <Said />
      </WordsProvider>
    </WordsProvider>,
  );
  expect(screen.getByText(/^Los · Antwort anhalten · de$/)).toBeTruthy();
});

test("some words of one's own stand among those of the page's language", async () => {
  document.documentElement.lang = "de";
  const own = { chat: { send: "Los" } };
  render(
    <WordsProvider words={own}>
      <Said />
    </WordsProvider>,
  );
  expect(await screen.findByText("Los · Antwort anhalten · de")).toBeTruthy();
});

test("a server renders English, or what it is given", () => {
  expect(renderToString(<Said />)).toContain("Send");
  const page = renderToString(
    <WordsProvider words={german}>
      <Said />
    </WordsProvider>,
  );
  expect(page).toContain("Senden");
  expect(page).toContain("Antwort anhalten");
});

test("days, times and refusals are told in the language of the words", () => {
  const now = Date.now();
  function Told() {
    const { dayOf, timeOfDay } = useClock();
    const inWords = useRefusal();
    const refused = new ChatError({ code: "rate_limited", message: "Slow down.", retryAfterMs: 1_500 });
    const at = new Date(2024, 0, 31, 15, 5).getTime();
    return <p>{[dayOf(now), dayOf(at), timeOfDay(at), inWords(refused)].join(" · ")}</p>;
  }
  render(
    <WordsProvider words={german}>
      <Told />
    </WordsProvider>,
  );
  const told = "Heute · Mittwoch, 31. Januar 2024 · 15:05 · Das ging schneller, als dein Tarif erlaubt.";
  expect(screen.getByText(`${told} Versuch es in 2 s noch einmal.`)).toBeTruthy();
});

test("a refusal of a newer server is shown as it was said", () => {
  function Told() {
    const error = new ChatError({ code: "brand_new" as "internal", message: "As the server says." });
    return <p>{useRefusal()(error)}</p>;
  }
  render(
    <WordsProvider words={german}>
      <Told />
    </WordsProvider>,
  );
  expect(screen.getByText("As the server says.")).toBeTruthy();
});

const SAME = [
  "chat.codeIn",
  "chat.hasSaid",
  "chat.spokenCode",
  "frame.statuses.offline",
  "frame.statuses.online",
  "tools.agent",
  "tools.milliseconds",
];

test("German has its own word for each, and none is empty", () => {
  const page = { ...english, frame, tools };
  const valueAt = (words: object, path: string): string => {
    const value = path
      .split(".")
      .reduce<unknown>((part, name) => (part as Record<string, unknown>)[name], words);
    return String(
      typeof value === "function" ? (value as (...given: unknown[]) => unknown)("1", 2, 3) : value,
    );
  };
  const paths = pathsOf(page);
  expect(paths.length).toBeGreaterThan(140);
  expect(paths.filter((path) => valueAt(pageGerman, path).trim() === "")).toEqual([]);
  const same = paths.filter((path) => valueAt(page, path) === valueAt(pageGerman, path));
  expect(same.sort()).toEqual(SAME);
});

test("a page that changes its language is followed", async () => {
  document.documentElement.lang = "en";
  read(["en"]);
  const { container } = render(<Said />);
  expect(container.textContent).toContain("Send ·");
  document.documentElement.lang = "de";
  await vi.waitFor(() => expect(container.textContent).toContain("Senden ·"));
  document.documentElement.lang = "en";
  await vi.waitFor(() => expect(container.textContent).toContain("Send ·"));
});

test("a provider's language may be written as systems write it", () => {
  const words = { ...german, language: "de_DE" };
  const shown = (
    <WordsProvider words={words}>
      <Said />
    </WordsProvider>
  );
  read([]);
  expect(renderToString(shown)).toContain("de<");
  expect(render(shown).container.textContent).toBe("Senden · Antwort anhalten · de");
});
