/** What Unicode counts as punctuation or a symbol. */
export const PUNCTUATION = /[\p{P}\p{S}]/u;

/** Characters of Chinese, Japanese and Korean, with their punctuation: scripts that put no spaces between words. */
export const EAST_ASIAN =
  /[\p{scx=Han}\p{scx=Hiragana}\p{scx=Katakana}\p{scx=Hangul}\p{scx=Bopomofo}\p{scx=Yi}\u3000-\u303f\ufe30-\ufe4f\uff00-\uffef]/u;

/** Where an address ends that stands in such a text: their punctuation does not belong to it. */
export const EAST_ASIAN_END = /(?=\p{P})(?:[\p{scx=Han}\u3000-\u303f\ufe30-\ufe4f\uff00-\uffef]|[‘’“”…])/u;
