import type { Joined } from "../../events.gen.js";
import type { ChatError } from "../errors.js";
import { lineOf, type ChatLine, type StoredMessage } from "./line.js";
import { Versions } from "./versions.js";

/** Where the agent and the user stand. */
export type Relation = Readonly<Pick<Joined, "emotions" | "relationLevel" | "relationState">>;

/** A chat as it is shown. */
export interface ChatState {
  /** What was said, in order, of an answer that was given again the newest; then what waits to be sent. */
  readonly messages: readonly ChatLine[];
  /** Whether the chat is entered on the connection of now. */
  readonly isJoined: boolean;
  /** Whether there are messages before the first one. */
  readonly hasEarlier: boolean;
  readonly isLoadingEarlier: boolean;
  /** The id of the answer that is being given, or null. */
  readonly answering: string | null;
  /** Whether the agent is about to say something. */
  readonly isAgentTyping: boolean;
  /** Whether the user types on another device. */
  readonly isTypingElsewhere: boolean;
  readonly relation: Relation | null;
  /** Whether something waits to be sent that the browser cannot store: it would be lost with the page. */
  readonly isUnsaved: boolean;
  /** Why the chat cannot be entered. */
  readonly error: ChatError | null;
}

/** What is known of a chat before the server says anything, e.g. from the page's rendering on a server. */
export interface InitialChat {
  messages?: readonly StoredMessage[] | undefined;
  relation?: Relation | null | undefined;
}

/** The state before anything has come. */
export function initialState({ messages = [], relation = null }: InitialChat = {}): ChatState {
  return {
    messages: new Versions().of(messages.map(lineOf)),
    isJoined: false,
    hasEarlier: false,
    isLoadingEarlier: false,
    answering: null,
    isAgentTyping: false,
    isTypingElsewhere: false,
    relation,
    isUnsaved: false,
    error: null,
  };
}
