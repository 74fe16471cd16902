import type { FinishReason } from "../client/chat/line.js";
import type { ClientReason } from "../client/errors.js";
import type { ErrorCode, EventRefused } from "../events.gen.js";

/** A sentence around a name, in pieces: the name is set by its own rules of direction, and stands where the language wants it. */
export type Phrase = <Name>(name: Name) => readonly (Name | string)[];

/** Refusals in words that a person can act on; where none stand here, the error's own `message` is shown, which is English. */
export interface RefusalWords {
  /** By the contract's code. */
  codes: Readonly<Partial<Record<ErrorCode, string>>>;
  /** What says more than the code, the contract's `reason` or the client's own, goes before it. */
  reasons: Readonly<Partial<Record<NonNullable<EventRefused["reason"]> | ClientReason, string>>>;
  /** When to try again, in whole seconds. */
  tryAgainIn: (seconds: number) => string;
}

/** What a chat says. Numbers come as they are written in the language of the words. */
export interface ChatWords {
  /** The name of the chat, for listeners. */
  chatWith: (agent: string) => string;
  /** The user, as who has said something. */
  you: string;
  /** An answer that has come, read out. */
  hasSaid: (agent: string, text: string) => string;
  /** An answer is being written, read out. */
  isWriting: (agent: string) => string;
  /** The agent types, or an answer of it will come. */
  isTyping: (agent: string) => string;
  typingElsewhere: string;

  idle: string;
  connecting: string;
  connected: string;
  reconnecting: string;
  offline: string;
  writing: string;
  tryNow: string;
  tryAgain: string;

  /** After the level of a relation, for listeners. */
  ofHundred: Phrase;
  /** The name of the relation, for listeners. */
  youAnd: (agent: string) => string;
  /** The level of a relation. */
  level: (level: number) => string;
  relation: string;
  feels: Phrase;

  /** The name of the field that is written in. */
  messageTo: (agent: string) => string;
  /** What stands in that field while it is empty. */
  placeholder: (agent: string) => string;
  send: string;
  sendByKey: string;
  stop: string;
  stopByKey: string;
  enterSends: string;
  enterBreaks: string;
  /** How many characters of how many are used. */
  characters: (used: string, most: string, count: number) => string;

  sayHello: string;
  beginning: string;
  loading: string;
  earlier: string;
  loadingEarlier: string;
  toNewest: string;
  today: string;
  yesterday: string;

  queued: string;
  sending: string;
  notSent: string;
  edit: string;
  remove: string;
  unsaved: string;
  copy: string;
  copied: string;
  copyRefused: string;
  regenerate: string;
  /** How an answer ended, where that needs a word. */
  ended: Readonly<Partial<Record<FinishReason, string>>>;
  versions: string;
  previousVersion: string;
  nextVersion: string;
  /** Which of how many answers is shown. */
  version: (at: number, count: number) => string;

  broken: string;
  showAgain: string;
  refused: RefusalWords;

  /** Code without the name of a language, above it and read out. */
  code: string;
  spokenCode: string;
  /** A block of code, read out. */
  codeIn: (language: string) => string;
  /** The button that copies it. */
  copyCode: (language: string) => string;
  table: string;
  done: string;
  toDo: string;
  image: string;
}

/** What the settings of notifications say. */
export interface NotificationWords {
  title: string;
  on: string;
  onMeans: string;
  turnOff: string;
  offer: string;
  offerMeans: string;
  turnOn: string;
  turningOn: string;
  browserAsks: string;

  denied: string;
  deniedSteps: readonly string[];
  homeScreen: string;
  homeScreenSteps: readonly string[];
  unsupported: string;
  unsupportedMeans: string;

  loading: string;
  about: string;
  test: string;
  testSent: string;
  quietHours: string;
  quietHoursMeans: string;
  from: string;
  to: string;
  differentTimes: string;
  timeZone: string;
}

/** Every word that the components say, to the eye or to the ear. */
export interface Words {
  /** In which language, as BCP 47 names it: dates and numbers are written in it. */
  language: string;
  chat: ChatWords;
  notifications: NotificationWords;
}

/** Words of which some are others: the rest stays as it is. */
export type PartialWords = Partial<{
  [Part in keyof Words]: Words[Part] extends string ? string : Changes<Words[Part]>;
}>;

type Changes<Part> = {
  [Name in keyof Part]?: Part[Name] extends RefusalWords ? Partial<RefusalWords> : Part[Name];
};
