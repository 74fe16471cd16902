import { takeConnection } from "../client/connections.js";
import { isPushSubscribed, unsubscribeFromPushNotifications } from "../notifications/client.js";
import { lastUser, type Person } from "./people.js";

/** Ends this browser's notifications if they are those of a user whose key is about to be forgotten here. Throws ChatError. */
export async function stopNotifying({ userId, apiKey }: Person): Promise<void> {
  const { item: connection, release } = takeConnection({ token: apiKey });
  const isLast = lastUser() === userId;
  try {
    const isTheirs = connection.isConnected
      ? await isPushSubscribed({ connection }).catch(() => isLast)
      : isLast;
    if (isTheirs) await unsubscribeFromPushNotifications({ connection });
  } finally {
    release();
  }
}
