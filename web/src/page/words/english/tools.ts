import type { ToolWords } from "../words.js";

export const tools: ToolWords = {
  welcome: "Welcome",
  welcomeMeans: "Chat with agents whose answers appear as they are being written.",
  needsKey: "You need an API key of this deployment.",
  useApiKey: "Use an API key",
  switchedOff: "Real-time chat is switched off",
  switchedOffMeans: (setting) => ["This deployment runs with ", setting, ", so no connection was tried."],
  switchOn: (value) => ["Set it to ", value, " and start again, and this page becomes a chat."],

  apiKey: "API key",
  agent: "Agent",
  connect: "Connect",
  connecting: "Connecting…",
  keyStays: "The key stays on this device, and is sent to the chat’s own server only.",
  unknownUser: "This user is not known here",
  unknownUserMeans: (user) => [
    "The address names ",
    user,
    ", whose key is not on this device. Enter it to go on.",
  ],
  goOnAs: (user) => `Go on as ${user}`,

  sent: "Sent",
  received: "Received",
  ackMedian: "Ack, median",
  milliseconds: (count) => `${count} ms`,
  reconnects: "Reconnects",
  frames: "Frames, newest first",
  in: "in",
  out: "out",
};
