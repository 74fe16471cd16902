import type { ChatWords, NotificationWords, RefusalWords, Words } from "./words.js";

const refused: Required<RefusalWords> & {
  codes: Required<RefusalWords["codes"]>;
  reasons: Required<RefusalWords["reasons"]>;
} = {
  codes: {
    conflict: "Die Antwort davor ist noch nicht fertig.",
    forbidden: "Das ist dir hier nicht erlaubt.",
    internal: "Bei uns ist etwas schiefgegangen. Bitte versuch es noch einmal.",
    invalid: "Das konnte der Server nicht annehmen.",
    not_found: "Das gibt es hier nicht.",
    rate_limited: "Das ging schneller, als dein Tarif erlaubt.",
    too_large: "Diese Nachricht ist zu lang.",
    unauthorized: "Dein Schlüssel wird nicht mehr angenommen.",
    unavailable: "Das geht gerade nicht. Bitte versuch es noch einmal.",
  },
  reasons: {
    "arrival-unknown":
      "Es ist nicht bekannt, ob diese Nachricht angekommen ist. Sende sie noch einmal, falls nicht.",
    browser: "Das hat in diesem Browser nicht geklappt. Bitte versuch es noch einmal.",
    expired: "Deine Anmeldung ist abgelaufen. Bitte melde dich wieder an.",
    "no-answer-yet": "Es gibt noch keine Antwort, die neu gegeben werden könnte.",
    "no-connection": "Es gibt noch keine Verbindung.",
    "push-key":
      "Benachrichtigungen sind nicht eingerichtet: Der öffentliche VAPID-Schlüssel ist nicht gültig.",
    "push-not-allowed": "Benachrichtigungen sind für diese Seite nicht erlaubt.",
    "push-not-ended": "Die Benachrichtigungen ließen sich nicht ausschalten. Bitte versuch es noch einmal.",
    "push-not-set-up": "Benachrichtigungen sind hier nicht eingerichtet.",
    "push-unsupported": "Dieser Browser kann keine Benachrichtigungen empfangen.",
    "switched-off": "Der Echtzeit-Chat ist hier ausgeschaltet (ENABLE_WEBSOCKETS=false).",
    unanswered: "Der Server hat nicht geantwortet. Bitte versuch es noch einmal.",
    unreachable: "Der Server ist nicht zu erreichen. Bitte versuch es noch einmal.",
  },
  tryAgainIn: (seconds) => `Versuch es in ${seconds} s noch einmal.`,
};

const chat: ChatWords = {
  chatWith: (agent) => `Chat mit ${agent}`,
  you: "Du",
  hasSaid: (agent, text) => `${agent}: ${text}`,
  isWriting: (agent) => `${agent} schreibt.`,
  isTyping: (agent) => `${agent} schreibt`,
  typingElsewhere: "Du schreibst gerade auf einem anderen Gerät",

  idle: "Nicht verbunden",
  connecting: "Verbindung wird aufgebaut…",
  connected: "Verbunden",
  reconnecting: "Verbindung wird wiederhergestellt…",
  offline: "Offline. Was du schreibst, wird später gesendet.",
  writing: "Schreibt…",
  tryNow: "Jetzt versuchen",
  tryAgain: "Erneut versuchen",

  ofHundred: (agent) => ["von 100: wie ", agent, " sich fühlt"],
  youAnd: (agent) => `Du und ${agent}`,
  level: (level) => `Stufe ${level} von 100`,
  relation: "Beziehung",
  feels: (agent) => ["Wie ", agent, " sich fühlt"],

  messageTo: (agent) => `Nachricht an ${agent}`,
  placeholder: (agent) => `Nachricht an ${agent}`,
  send: "Senden",
  sendByKey: "Senden (Enter)",
  stop: "Antwort anhalten",
  stopByKey: "Antwort anhalten (Esc)",
  enterSends: "Enter sendet, Umschalt und Enter beginnen eine neue Zeile.",
  enterBreaks: "Enter beginnt eine neue Zeile.",
  characters: (used, most) => `${used} von ${most} Zeichen`,

  sayHello: "Sag Hallo. Antworten erscheinen, während sie geschrieben werden.",
  beginning: "Hier beginnt euer Chat.",
  loading: "Nachrichten werden geladen",
  earlier: "Frühere Nachrichten",
  loadingEarlier: "Frühere Nachrichten werden geladen…",
  toNewest: "Zur neuesten Nachricht",
  today: "Heute",
  yesterday: "Gestern",

  queued: "Wartet auf das Senden",
  sending: "Wird gesendet…",
  notSent: "Nicht gesendet.",
  edit: "Bearbeiten",
  remove: "Löschen",
  unsaved:
    "Dein Browser kann nicht speichern, was noch gesendet werden soll. Lass diese Seite offen, bis es gesendet ist.",
  copy: "Nachricht kopieren",
  copied: "Kopiert",
  copyRefused: "Kopieren ist hier nicht erlaubt",
  regenerate: "Neue Antwort geben lassen",
  ended: {
    error: "Hier ist die Antwort abgebrochen.",
    length: "Hier abgeschnitten: Die Antwort wurde zu lang.",
    stopped: "Angehalten",
  },
  versions: "Antworten auf diese Nachricht",
  previousVersion: "Vorige Antwort",
  nextVersion: "Nächste Antwort",
  version: (at, count) => `${at} von ${count}`,

  broken: "Beim Anzeigen dieses Chats ist etwas schiefgegangen. Nichts, was gesagt wurde, ist verloren.",
  showAgain: "Noch einmal anzeigen",
  refused,

  code: "Code",
  spokenCode: "Code",
  codeIn: (language) => `Code, ${language}`,
  copyCode: (language) => `${language} kopieren`,
  table: "Tabelle",
  done: "Erledigt",
  toDo: "Zu erledigen",
  image: "Bild",
};

const notifications: NotificationWords = {
  title: "Benachrichtigungen",
  on: "Benachrichtigungen sind an",
  onMeans: "Dieser Browser sagt dir Bescheid, wenn eine Antwort fertig ist, während du woanders bist.",
  turnOff: "Ausschalten",
  offer: "Erfahre, wenn eine Antwort da ist",
  offerMeans:
    "Lange Antworten brauchen eine Weile. Mit Benachrichtigungen kannst du inzwischen woanders hingehen, sogar diese Seite schließen, und erfährst, wenn eine Antwort fertig ist. Solange du hier bist, wird nichts geschickt.",
  turnOn: "Benachrichtigungen einschalten",
  turningOn: "Wird eingeschaltet…",
  browserAsks: "Vielleicht fragt dein Browser dich gleich um Erlaubnis.",

  denied: "Benachrichtigungen sind blockiert",
  deniedSteps: [
    "Öffne die Einstellungen dieser Website über das Symbol neben der Adresse.",
    "Erlaube Benachrichtigungen.",
    "Komm hierher zurück. Neu laden musst du nicht.",
  ],
  homeScreen: "Lege diese Seite zuerst auf deinen Home-Bildschirm",
  homeScreenSteps: [
    "Tippe in Safaris Symbolleiste auf „Teilen“.",
    "Wähle „Zum Home-Bildschirm“.",
    "Öffne den Chat über sein neues Symbol und schalte dort die Benachrichtigungen ein.",
  ],
  unsupported: "Dieser Browser kann dich nicht benachrichtigen",
  unsupportedMeans:
    "Ein aktueller Chrome, Edge, Firefox oder Safari kann es, auf einer Seite, die über https kam.",

  loading: "Deine Einstellungen werden geladen…",
  about: "Benachrichtige mich über",
  test: "Testbenachrichtigung senden",
  testSent: "Sie ist unterwegs zu allen deinen Browsern.",
  quietHours: "Ruhezeiten",
  quietHoursMeans: "Keine Benachrichtigungen zu bestimmten Zeiten",
  from: "Von",
  to: "Bis",
  differentTimes: "Wähle zwei verschiedene Zeiten.",
  timeZone: "Zeitzone",
};

/** German, with "du". */
export const german: Words = { language: "de", chat, notifications };
