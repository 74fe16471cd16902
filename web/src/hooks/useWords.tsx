"use client";

import { createContext, useContext, useSyncExternalStore, type ReactNode } from "react";
import { Store } from "../client/store.js";
import type { ChatError } from "../client/errors.js";
import { chat } from "../words/english/chat.js";
import { localeOf, pageLanguage, written, type TRANSLATED } from "../words/language.js";
import { withChanges } from "../words/merge.js";
import { refusal } from "../words/refusal.js";
import type { ChatWords, PartialWords } from "../words/words.js";

/*
 * Which words are shown: English, over it those of the page's language, over them what a provider gives, the inner one last.
 * English is here, part by part as parts are used; another language is loaded when a page is in it.
 */

const LOADERS: Readonly<Record<(typeof TRANSLATED)[number], () => Promise<PartialWords>>> = {
  de: async () => (await import("../words/german.js")).german,
};
const ENGLISH: PartialWords = { language: "en" };

const loaded = new Store<Readonly<Record<string, PartialWords>>>({ en: ENGLISH });
const Given = createContext<PartialWords | null>(null);

/** Which words the components below say. */
export interface WordsProviderProps {
  /**
   * All words, as `german`, or some in place of those that are said otherwise. Without any: those of the page's language. The same
   * object on each render, best made outside of components.
   */
  words?: PartialWords | undefined;
  children: ReactNode;
}

/**
 * Gives the components and hooks below their words. Without one they speak the page's language (`<html lang>`, else the
 * browser's), if it is English or German; German is loaded then, and English is there until it has come.
 *
 * @example
 * <WordsProvider words={german}>…</WordsProvider>
 * <WordsProvider words={{ chat: { send: "Go" } }}>…</WordsProvider>
 */
export function WordsProvider({ words, children }: WordsProviderProps): ReactNode {
  const around = useContext(Given);
  const own = useOwn(around === null && words?.language === undefined);
  const given = withChanges(around ?? own, words);
  return <Given.Provider value={given}>{children}</Given.Provider>;
}

/** The words of one part: those that are given, and `english` where none are. */
export function useWordsOf<Part extends object>(name: string, english: Part): Part {
  return withChanges(english, useGiven()[name as "chat"]);
}

/** What a chat says. */
export function useChatWords(): ChatWords {
  return useWordsOf("chat", chat);
}

/** How dates and numbers are written beside the words, as `Intl` takes it. */
export function useLocale(): string {
  const { language = "en" } = useGiven();
  return useSyncExternalStore(
    never,
    () => localeOf(language),
    () => written(language), // the server's own languages are not the reader's
  );
}

/** Puts refusals into words. */
export function useRefusal(): (error: ChatError) => string {
  const { refused } = useChatWords();
  return (error) => refusal(refused, error);
}

/** The words over English: those of a provider, without one the page's own. */
function useGiven(): PartialWords {
  const given = useContext(Given);
  const own = useOwn(given === null);
  return given ?? own;
}

/** The words of the page's language, where they are wanted and have come. */
function useOwn(isWanted: boolean): PartialWords {
  return useSyncExternalStore(isWanted ? follow : never, isWanted ? own : english, english);
}

/** Follows the page's language, which an app may set, or change, after its components are there. */
function follow(changed: () => void): () => void {
  const page = new MutationObserver(() => {
    load();
    changed();
  });
  page.observe(document.documentElement, { attributeFilter: ["lang"] });
  const leave = loaded.subscribe(changed);
  load();
  return () => {
    page.disconnect();
    leave();
  };
}

function load(): void {
  const language = pageLanguage();
  if (language === "en" || language in loaded.get()) return;
  LOADERS[language]().then(
    (words) => loaded.set({ ...loaded.get(), [language]: words }),
    () => undefined, // English, then
  );
}

function own(): PartialWords {
  return loaded.get()[pageLanguage()] ?? ENGLISH;
}

function english(): PartialWords {
  return ENGLISH;
}

function never(): () => void {
  return () => undefined;
}
