/** The parts of the page that are loaded on use. */
export const settings = async () =>
  (await import("../components/notifications/NotificationSettings.js")).NotificationSettings;
export const inspector = async () => (await import("./Inspector.js")).Inspector;
export const signIn = async () => (await import("./SignIn.js")).SignIn;
export const switchedOff = async () => (await import("./SwitchedOff.js")).SwitchedOff;
export const unknownUser = async () => (await import("./UnknownUser.js")).UnknownUser;
export const welcome = async () => (await import("./Welcome.js")).Welcome;
