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

/** Which of some languages the reader wants most: English where none is wanted. */
export function readersLanguage(known: readonly string[]): string {
  return (
    readers()
      .map(languageOf)
      .find((one) => one === "en" || known.includes(one)) ?? "en"
  );
}

/** Which of some languages a page is in: as it says (`<html lang>`), else as its reader wants. */
export function pageLanguage(known: readonly string[]): string {
  const said = typeof document === "undefined" ? "en" : languageOf(document.documentElement.lang);
  if (said === "") return readersLanguage(known);
  return known.includes(said) ? said : "en";
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
