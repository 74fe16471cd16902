import type { FrameWords } from "../words.js";

export const frame: FrameWords = {
  brand: "Serverless chat",
  title: (agent) => `${agent} – Serverless chat`,
  skip: "Skip to the chat",
  aside: "Agents, people and settings",
  agents: "Agents",
  youAre: "You are",
  resting: "resting",
  statuses: {
    online: "online",
    away: "away",
    offline: "offline",
    available: "available",
    unavailable: "unavailable",
  },
  signOut: (user) => ["Sign out ", user],
  forgetKey: (user) => ["Forget ", user, "’s key on this device"],
  notifications: "Notifications",
  secondWindow: "Second window",
  behindTheScenes: "Behind the scenes",
  signIn: "Sign in",
  useKey: "Use a key",
  close: "Close",
  dismiss: "Dismiss",
  loading: "Loading",
  notLoaded: "This part of the page could not be loaded.",
  tryAgain: "Try again",

  oneMoment: "One moment",
  notThereYet: "The chat is not there yet. This page looks again by itself.",
  broken: "Something went wrong",
  brokenMeans: "This page could not be shown. Nothing that was said is lost.",
  reload: "Load the page again",
  atStart: "Begin at the start",
  stillNotified: (user) =>
    `The key is forgotten, but this browser may still be notified of ${user}’s answers. Block this site’s notifications in the browser’s settings.`,
  session: {
    unreachable: "The sign-in page cannot be reached. Please try again.",
    "signed-out-here":
      "You are signed out here. The sign-in page could not be reached, and may know you still.",
    failed: "You could not be signed in. Please try again.",
    over: "Your sign-in has ended. Please sign in again.",
  },
};
