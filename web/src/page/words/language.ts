import { readersLanguage } from "../../words/language.js";
import type { PartialWords } from "../../words/words.js";

/**
 * The words of the language that the reader wants, which the page says it is in (`<html lang>`). Undefined for English, which
 * is there, also where no other can be loaded.
 */
export async function readersWords(): Promise<PartialWords | undefined> {
  if (readersLanguage() === "en") return undefined;
  try {
    const { german } = await import("./german.js");
    document.documentElement.lang = german.language;
    return german;
  } catch {
    return undefined;
  }
}
