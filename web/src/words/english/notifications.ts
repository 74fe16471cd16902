import type { NotificationWords } from "../words.js";

export const notifications: NotificationWords = {
  title: "Notifications",
  on: "Notifications are on",
  onMeans: "This browser tells you about finished answers while you are elsewhere.",
  turnOff: "Turn off",
  offer: "Know when an answer is there",
  offerMeans:
    "Long answers take a while. With notifications you can go elsewhere, even close this page, and hear of an answer when it is finished. Nothing is sent while you are here.",
  turnOn: "Turn on notifications",
  turningOn: "Turning on…",
  browserAsks: "Your browser may ask for permission next.",

  denied: "Notifications are blocked",
  deniedSteps: [
    "Open this site’s settings, by the icon beside the address.",
    "Allow notifications.",
    "Come back here. No reload is needed.",
  ],
  homeScreen: "Add this page to your home screen first",
  homeScreenSteps: [
    "Tap Share in Safari’s toolbar.",
    "Choose “Add to Home Screen”.",
    "Open the chat from its new icon, and turn on notifications there.",
  ],
  unsupported: "This browser cannot notify you",
  unsupportedMeans: "A current Chrome, Edge, Firefox or Safari can, on a page that came over https.",

  loading: "Loading your settings…",
  about: "Notify me about",
  test: "Send a test notification",
  testSent: "It is on its way to all your browsers.",
  quietHours: "Quiet hours",
  quietHoursMeans: "No notifications at certain hours",
  from: "From",
  to: "To",
  differentTimes: "Choose two different times.",
  timeZone: "Time zone",
};
