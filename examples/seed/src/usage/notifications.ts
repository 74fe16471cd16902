import {
  subscribeToPushNotifications,
  unsubscribeFromPushNotifications,
  isPushSubscribed,
} from "@/lib/notifications/client";

// Subscribe
await subscribeToPushNotifications();

// Check status
const isSubscribed = await isPushSubscribed();

// Unsubscribe
await unsubscribeFromPushNotifications();

export { isSubscribed };
