const SAFE = new Set(["http:", "https:", "mailto:", "tel:"]);

/** Where a link leads, if it is a place to go: a script or a document in the link itself is none. */
export function safeHref(href: string): string | undefined {
  try {
    const { protocol, href: whole } = new URL(href);
    return SAFE.has(protocol) ? whole : undefined;
  } catch {
    return undefined; // relative: to what, an agent cannot know
  }
}
