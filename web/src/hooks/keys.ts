const INPUT_METHOD = 229; // the code of a key that an input method has taken
const OPEN = ":modal, :popover-open:not([popover=manual])";

/**
 * Whether an input method has this key, e.g. the Enter that chooses a word. Safari ends the composition first and sends the
 * key after it: there, only its code tells.
 */
export function isComposing(event: KeyboardEvent): boolean {
  return event.isComposing || event.keyCode === INPUT_METHOD;
}

/**
 * Whether Escape means a chat: the focus is in it or around it, and nothing stands open before the page, whose key it is first.
 */
export function isEscapeOf(chat: Element, event: KeyboardEvent): boolean {
  if (event.key !== "Escape" || event.defaultPrevented || isComposing(event) || isSomethingOpen())
    return false;
  const { target } = event;
  return target instanceof Node && (chat.contains(target) || target.contains(chat));
}

function isSomethingOpen(): boolean {
  try {
    return document.querySelector(OPEN) !== null;
  } catch {
    return false; // a browser that does not know the selector has no such things
  }
}
