import { takeConnection } from "../client/connections.js";
import { isPushSubscribed, unsubscribeFromPushNotifications } from "../notifications/client.js";
import { lastUser, type Person } from "./people.js";

/**
 * Ends this browser's notifications if they are those of a user whose key is about to be forgotten here. Resolves to what
 * there is to say where that failed, or null.
 */
export async function stopNotifying({ userId, apiKey }: Person): Promise<string | null> {
  const lease = takeConnection({ token: apiKey });
  const connection = lease.item;
  const isLast = lastUser() === userId;
  try {
    const isTheirs = connection.isConnected
      ? await isPushSubscribed({ connection }).catch(() => isLast)
      : isLast;
    if (isTheirs) await unsubscribeFromPushNotifications({ connection });
    return null;
  } catch {
    return `The key is forgotten, but this browser may still be notified of ${userId}’s answers. Block this site’s notifications in the browser’s settings.`;
  } finally {
    lease.release();
  }
}
