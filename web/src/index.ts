/** Real-time chat with agents: hooks for React, a client core without it, and push notifications. */
export type * from "./events.gen.js";
export { FRAME_BYTES_MAX, MESSAGE_CODE_POINTS_MAX } from "./events.gen.js";
export type { ChatLine, FinishReason, StoredMessage } from "./client/chat/line.js";
export type { ChatState, InitialChat, Relation } from "./client/chat/state.js";
export { configure, type Config } from "./client/config.js";
export type { Ack, AckFields, ChatSocket, Connection, ConnectionState } from "./client/connection.js";
export { takeConnection, type ConnectOptions } from "./client/connections.js";
export {
  RealTimeChatInterface,
  type RealTimeChatInterfaceProps,
} from "./components/chat/RealTimeChatInterface.js";
export {
  NotificationSettings,
  type NotificationSettingsProps,
} from "./components/notifications/NotificationSettings.js";
export { ChatError, type ClientReason, type ErrorExtra, type Refusal } from "./client/errors.js";
export type { Listener } from "./client/listeners.js";
export type { Lease } from "./client/pool.js";
export { presenceOf, type PresenceBook, type PresenceMap, type Status } from "./client/presence.js";
export { takeChat, type Chat, type ChatOptions } from "./client/sessions.js";
export type { Nearness } from "./hooks/log/nearness.js";
export type { LinePage } from "./hooks/log/pages.js";
export { useAnnouncement, type UseAnnouncementOptions } from "./hooks/useAnnouncement.js";
export { useAttempt } from "./hooks/useAttempt.js";
export { useChat, type ChatActions, type UseChat, type UseChatOptions } from "./hooks/useChat.js";
export {
  useChatView,
  type TypingLine,
  type UseChatView,
  type UseChatViewOptions,
} from "./hooks/useChatView.js";
export { useClock, type Clock } from "./hooks/useClock.js";
export { useComposer, type UseComposer, type UseComposerOptions } from "./hooks/useComposer.js";
export {
  useConnectionStatus,
  type UseConnectionStatus,
  type UseConnectionStatusOptions,
} from "./hooks/useConnectionStatus.js";
export { useCopy, type UseCopy } from "./hooks/useCopy.js";
export { useDraft } from "./hooks/useDraft.js";
export { useEscape } from "./hooks/useEscape.js";
export { focusChat, useFocusKept } from "./hooks/useFocusKept.js";
export { useLate } from "./hooks/useLate.js";
export {
  useLinePage,
  useMessageLog,
  useNear,
  type UseLinePage,
  type UseMessageLog,
} from "./hooks/useMessageLog.js";
export { usePlayout } from "./hooks/usePlayout.js";
export { usePush, type UsePush } from "./hooks/usePush.js";
export { usePushSettings, type UsePushSettings } from "./hooks/usePushSettings.js";
export { useQuietHours, type UseQuietHours } from "./hooks/useQuietHours.js";
export { usePresence, type UsePresence, type UsePresenceOptions } from "./hooks/usePresence.js";
export {
  useChatSocket,
  useConnection,
  useConnectionState,
  useSocket,
  type UseChatSocket,
  type UseSocket,
  type UseSocketOptions,
} from "./hooks/useSocket.js";
export { useVersions, type UseVersions } from "./hooks/useVersions.js";
export {
  useChatWords,
  useLocale,
  useRefusal,
  useWordsOf,
  WordsProvider,
  type WordsProviderProps,
} from "./hooks/useWords.js";
export { english } from "./words/english/index.js";
export { german } from "./words/german.js";
export type {
  ChatWords,
  NotificationWords,
  PartialWords,
  Phrase,
  RefusalWords,
  Words,
} from "./words/words.js";
export { useTyping, type UseTyping, type UseTypingOptions } from "./hooks/useTyping.js";
export * from "./notifications/client.js";
