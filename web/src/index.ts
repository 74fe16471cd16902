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
export { ChatError, type ErrorExtra, type Refusal } from "./client/errors.js";
export type { Listener } from "./client/listeners.js";
export type { Lease } from "./client/pool.js";
export { presenceOf, type PresenceBook, type PresenceMap, type Status } from "./client/presence.js";
export { takeChat, type Chat, type ChatOptions } from "./client/sessions.js";
export { useChat, type UseChat, type UseChatOptions } from "./hooks/useChat.js";
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
export { useTyping, type UseTyping, type UseTypingOptions } from "./hooks/useTyping.js";
export * from "./notifications/client.js";
