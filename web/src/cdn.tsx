import type { ComponentType } from "react";
import { createRoot } from "react-dom/client";
import {
  NotificationSettings,
  RealTimeChatInterface,
  type NotificationSettingsProps,
  type RealTimeChatInterfaceProps,
} from "./index.js";

/**
 * What a page without a bundler loads: everything that the package's main entry has, React in it, and two functions that put
 * the components into elements of the page. It is one file; the colours of code are another, loaded with the first code.
 */
export * from "./index.js";

/** A component in an element of the page. */
export interface Mounted<Props> {
  /** Shows it anew, with all its properties. */
  update: (props: Props) => void;
  /** Takes it away, and leaves the element empty. */
  remove: () => void;
}

/**
 * Shows a user's chat with an agent in an element, and fills that.
 *
 * @example
 * mountChat(document.querySelector("#chat"), { agentId: "echo", agentName: "Echo", userId, apiKey });
 */
export function mountChat(
  element: Element,
  props: RealTimeChatInterfaceProps,
): Mounted<RealTimeChatInterfaceProps> {
  return mount(RealTimeChatInterface, element, props);
}

/** Shows the notification settings in an element; they use the connection that the page has. */
export function mountNotificationSettings(
  element: Element,
  props: NotificationSettingsProps = {},
): Mounted<NotificationSettingsProps> {
  return mount(NotificationSettings, element, props);
}

function mount<Props extends object>(
  Component: ComponentType<Props>,
  element: Element,
  props: Props,
): Mounted<Props> {
  const root = createRoot(element);
  const update = (changed: Props): void => root.render(<Component {...changed} />);
  update(props);
  return { update, remove: () => root.unmount() };
}
