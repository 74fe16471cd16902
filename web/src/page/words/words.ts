import type { Phrase, Words } from "../../words/words.js";

/** How a person or an agent is, as a dot and in a word. */
export type ChoiceStatus = "online" | "away" | "offline" | "available" | "unavailable";

/**
 * What went wrong with a sign-in: the issuer's page is `unreachable`, or was when somebody signed out (`signed-out-here`); the
 * sign-in `failed`, or is `over`.
 */
export type SessionProblem = "unreachable" | "signed-out-here" | "failed" | "over";

/** What the page says around a chat. */
export interface FrameWords {
  brand: string;
  title: (agent: string) => string;
  skip: string;
  aside: string;
  agents: string;
  youAre: string;
  resting: string;
  statuses: Readonly<Record<ChoiceStatus, string>>;
  signOut: Phrase;
  forgetKey: Phrase;
  notifications: string;
  secondWindow: string;
  behindTheScenes: string;
  signIn: string;
  useKey: string;
  close: string;
  dismiss: string;
  loading: string;
  notLoaded: string;
  tryAgain: string;

  oneMoment: string;
  notThereYet: string;
  broken: string;
  brokenMeans: string;
  reload: string;
  atStart: string;
  stillNotified: (user: string) => string;
  session: Readonly<Record<SessionProblem, string>>;
}

/** What the parts of the page say that are loaded on use. */
export interface ToolWords {
  welcome: string;
  welcomeMeans: string;
  needsKey: string;
  useApiKey: string;
  switchedOff: string;
  switchedOffMeans: Phrase;
  switchOn: Phrase;

  apiKey: string;
  agent: string;
  connect: string;
  connecting: string;
  keyStays: string;
  unknownUser: string;
  unknownUserMeans: Phrase;
  goOnAs: (user: string) => string;

  sent: string;
  received: string;
  ackMedian: string;
  milliseconds: (count: string) => string;
  reconnects: string;
  frames: string;
  in: string;
  out: string;
}

/** Every word of the page. */
export interface PageWords extends Words {
  frame: FrameWords;
  tools: ToolWords;
}
