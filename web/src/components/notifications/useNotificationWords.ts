import { useWordsOf } from "../../hooks/useWords.js";
import { notifications } from "../../words/english/notifications.js";
import type { NotificationWords } from "../../words/words.js";

/** What the settings of notifications say: loaded with them. */
export function useNotificationWords(): NotificationWords {
  return useWordsOf("notifications", notifications);
}
