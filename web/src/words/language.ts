/** The languages that there are words in beside English. */
export const TRANSLATED = ["de"] as const;

/** The language of a tag, e.g. `de` of `de-AT`, or of `de_AT`, as systems write it. */
function languageOf(tag: string): string {
  return tag.split(/[-_]/u, 1)[0]?.toLowerCase() ?? "";
}

/** Whether `Intl` takes a tag: browsers have others, too, such as `en-US@posix`. */
function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length > 0;
  } catch {
    return false;
  }
}

/** The languages that the reader wants, the best first; none while a server renders. */
function readers(): readonly string[] {
  return typeof navigator === "undefined" ? [] : navigator.languages;
}

/** A language that there are words in. */
export type Language = "en" | (typeof TRANSLATED)[number];

/** The language that the reader wants most, of those that there are words in: English where none is wanted. */
export function readersLanguage(): Language {
  return readers().map(languageOf).find(hasWords) ?? "en";
}

/** The language that a page is in: as it says (`<html lang>`), else as its reader wants. */
export function pageLanguage(): Language {
  const said = typeof document === "undefined" ? "en" : languageOf(document.documentElement.lang);
  if (said === "") return readersLanguage();
  return hasWords(said) ? said : "en";
}

function hasWords(language: string): language is Language {
  return ["en", ...TRANSLATED].includes(language);
}

/** How dates and numbers are written beside words in a language: in the reader's own way, if it is one of that language. */
export function localeOf(language: string): string {
  return (
    readers().find((tag) => languageOf(tag) === languageOf(language) && isLocale(tag)) ?? written(language)
  );
}

/** A language as `Intl` takes it. */
export function written(language: string): string {
  return [language, languageOf(language)].find(isLocale) ?? "en";
}
