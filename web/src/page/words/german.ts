import { german as components } from "../../words/german.js";
import type { FrameWords, PageWords, ToolWords } from "./words.js";

const frame: FrameWords = {
  brand: "Serverless Chat",
  title: (agent) => `${agent} – Serverless Chat`,
  skip: "Zum Chat springen",
  aside: "Agenten, Personen und Einstellungen",
  agents: "Agenten",
  youAre: "Du bist",
  resting: "macht Pause",
  statuses: {
    online: "online",
    away: "abwesend",
    offline: "offline",
    available: "erreichbar",
    unavailable: "nicht erreichbar",
  },
  signOut: (user) => [user, " abmelden"],
  forgetKey: (user) => ["Schlüssel von ", user, " auf diesem Gerät vergessen"],
  notifications: "Benachrichtigungen",
  secondWindow: "Zweites Fenster",
  behindTheScenes: "Hinter den Kulissen",
  signIn: "Anmelden",
  useKey: "Schlüssel benutzen",
  close: "Schließen",
  dismiss: "Ausblenden",
  loading: "Wird geladen",
  notLoaded: "Dieser Teil der Seite konnte nicht geladen werden.",
  tryAgain: "Erneut versuchen",

  oneMoment: "Einen Moment",
  notThereYet: "Der Chat ist noch nicht da. Diese Seite schaut von selbst wieder nach.",
  broken: "Etwas ist schiefgegangen",
  brokenMeans: "Diese Seite konnte nicht angezeigt werden. Nichts, was gesagt wurde, ist verloren.",
  reload: "Seite neu laden",
  atStart: "Von vorn beginnen",
  stillNotified: (user) =>
    `Der Schlüssel ist vergessen, aber dieser Browser kann weiter über Antworten an ${user} benachrichtigt werden. Blockiere die Benachrichtigungen dieser Website in den Einstellungen des Browsers.`,
  session: {
    unreachable: "Die Anmeldeseite ist nicht zu erreichen. Bitte versuch es noch einmal.",
    "signed-out-here":
      "Du bist hier abgemeldet. Die Anmeldeseite war nicht zu erreichen und kennt dich vielleicht noch.",
    failed: "Du konntest nicht angemeldet werden. Bitte versuch es noch einmal.",
    over: "Deine Anmeldung ist abgelaufen. Bitte melde dich wieder an.",
  },
};

const tools: ToolWords = {
  welcome: "Willkommen",
  welcomeMeans: "Chatte mit Agenten, deren Antworten erscheinen, während sie geschrieben werden.",
  needsKey: "Du brauchst einen API-Schlüssel dieser Installation.",
  useApiKey: "Einen API-Schlüssel benutzen",
  switchedOff: "Der Echtzeit-Chat ist ausgeschaltet",
  switchedOffMeans: (setting) => [
    "Diese Installation läuft mit ",
    setting,
    ", deshalb wurde keine Verbindung versucht.",
  ],
  switchOn: (value) => ["Setze das auf ", value, " und starte neu, dann wird aus dieser Seite ein Chat."],

  apiKey: "API-Schlüssel",
  agent: "Agent",
  connect: "Verbinden",
  connecting: "Verbindung wird aufgebaut…",
  keyStays: "Der Schlüssel bleibt auf diesem Gerät und wird nur an den Server des Chats gesendet.",
  unknownUser: "Diese Person ist hier nicht bekannt",
  unknownUserMeans: (user) => [
    "Die Adresse nennt ",
    user,
    ", aber der Schlüssel dazu ist nicht auf diesem Gerät. Gib ihn ein, um fortzufahren.",
  ],
  goOnAs: (user) => `Als ${user} fortfahren`,

  sent: "Gesendet",
  received: "Empfangen",
  ackMedian: "Bestätigung, Median",
  milliseconds: (count) => `${count} ms`,
  reconnects: "Neue Verbindungen",
  frames: "Frames, die neuesten zuerst",
  in: "ein",
  out: "aus",
};

/** The page in German. */
export const german: PageWords = { ...components, frame, tools };
