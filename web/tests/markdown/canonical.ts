/** Elements that are what they are, wherever white space stands around them. */
const BLOCKS = new Set("blockquote h3 h4 h5 hr li ol p pre table tbody td th thead tr ul div".split(" "));

/**
 * What a piece of a page means, as one string: of two pieces that look the same it is the same. It knows what the renderer
 * does on purpose and everywhere: headings stand two levels lower, every end of a line is a break, an image is a link that
 * nobody has followed, code has its language written above it, a table scrolls.
 */
export function canonical(root: Element): string {
  return children(root)
    .replace(/(\[[x ]\]) */g, "$1 ")
    .replace(/(?:\s|<br>)*(<\/?BLOCK[^>]*>)(?:\s|<br>)*/g, "$1")
    .replace(/<BLOCK ([^>]*)>/g, "<$1>")
    .replace(/\s*(?:<br>\s*)+/g, "\n")
    .trim();
}

function children(parent: Element, isCode = false): string {
  return [...parent.childNodes].map((node) => written(node, isCode)).join("");
}

function written(node: ChildNode, isCode: boolean): string {
  if (node.nodeType === 3) return textOf(node.textContent ?? "", isCode);
  if (node.nodeType !== 1) return "";
  const element = node as Element;
  const name = element.localName;
  if (/^h[1-6]$/.test(name) && !isOurs(element)) {
    const level = Math.min(Number(name.slice(1)) + 2, 5);
    return block(`h${level}`, children(element));
  }
  switch (name) {
    case "figure":
      return code(
        element.querySelector("figcaption span")?.textContent ?? "",
        element.querySelector("pre code"),
      );
    case "pre": {
      const inner = element.querySelector("code");
      const language = /language-(\S+)/.exec(inner?.className ?? "")?.[1];
      return inner ? code(language ?? "code", inner) : block("pre", children(element, true));
    }
    case "div":
      return element.className === "ssio-table" ? children(element) : block("div", children(element));
    case "br":
      return "<br>";
    case "input":
      return (element as HTMLInputElement).hasAttribute("checked") ? "[x]" : "[ ]";
    case "img":
      return link(element.getAttribute("src"), element.getAttribute("title"), image(element));
    case "a":
      return link(element.getAttribute("href"), element.getAttribute("title"), children(element));
    case "ol":
      return block("ol", children(element), ` from ${element.getAttribute("start") ?? "1"}`);
    case "th":
    case "td":
      return block(name, children(element), side(element));
    default:
      return BLOCKS.has(name) ? block(name, children(element)) : `<${name}>${children(element)}</${name}>`;
  }
}

function isOurs(element: Element): boolean {
  return element.closest(".ssio-markdown") !== null;
}

function block(name: string, content: string, more = ""): string {
  return `<BLOCK ${name}${more}>${content}</BLOCK>`;
}

function code(language: string, element: Element | null): string {
  return block(
    "pre",
    (element?.textContent ?? "").replace(/\n$/, "").replaceAll("\n", "␤").replaceAll(" ", "␣"),
    ` ${language}`,
  );
}

function image(element: Element): string {
  return textOf(element.getAttribute("alt") || element.getAttribute("src") || "", false);
}

function link(href: string | null, title: string | null, content: string): string {
  return `<a ${decodedAddress(href ?? "")}${title ? ` "${title}"` : ""}>${content}</a>`;
}

function decodedAddress(href: string): string {
  try {
    return decodeURI(href);
  } catch {
    return href;
  }
}

function side(element: Element): string {
  const align = { center: "center", right: "end" }[element.getAttribute("align") ?? ""];
  const own = element.getAttribute("data-align") ?? align;
  return own ? ` ${own}` : "";
}

function textOf(text: string, isCode: boolean): string {
  const safe = text.replaceAll("<", "‹").replaceAll(">", "›");
  return isCode ? safe : safe.replace(/[ \t]*\n[ \t]*/g, "<br>").replace(/[ \t]+/g, " ");
}
