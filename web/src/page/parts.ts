/** What of the page is loaded when somebody wants it. */
export const settings = async () =>
  (await import("../components/notifications/NotificationSettings.js")).NotificationSettings;
export const inspector = async () => (await import("./Inspector.js")).Inspector;
export const signIn = async () => (await import("./SignIn.js")).SignIn;
export const unknownUser = async () => (await import("./UnknownUser.js")).UnknownUser;
