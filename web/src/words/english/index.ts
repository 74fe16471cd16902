import type { Words } from "../words.js";
import { chat } from "./chat.js";
import { notifications } from "./notifications.js";

/** English: what is said where nothing else is known. */
export const english: Words = { language: "en", chat, notifications };
