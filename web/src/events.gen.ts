/**
 * Written by `make events` from `events/` and `wire.py` of the chat's layer; a test fails when they differ.
 * Times are integer milliseconds since the epoch, UTC.
 */

/** Why something was refused. */
export type ErrorCode = "conflict" | "forbidden" | "internal" | "invalid" | "not_found" | "rate_limited" | "too_large" | "unauthorized" | "unavailable";

/** The longest message, in Unicode code points. */
export const MESSAGE_CODE_POINTS_MAX = 8000;

/** API Gateway closes a connection, with 1009, that sends a frame of more bytes. */
export const FRAME_BYTES_MAX = 32768;

/** A message that is stored and will be answered. `duplicate`: it was known by its `clientMessageId`. */
export interface Accepted {
  messageId: string;
  replyId: string;
  timestamp: number;
  duplicate: boolean;
}

/** A button of a notification; `url` is where it leads, the notification's own if there is none. */
export interface Action {
  action: string;
  title: string;
  url?: string;
}

/** Hear of changes of an agent, or no more. */
export interface AgentSubscribe {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** The agent that the chat is with */
  agentId: string;
}

/** An agent was changed, or its provider failed or came back. To those that subscribed to the agent. */
export interface AgentUpdated {
  agentId: string;
  name: string;
  status: "available" | "unavailable";
  timestamp: number;
}

/** Go on with a newer JWT of the same user: rooms and answers stay as they are. A refusal changes nothing. */
export interface AuthRefresh {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** The JWT */
  token: string;
}

/** A ``PushSubscription`` as its ``toJSON`` writes it (W3C Push API). */
export interface BrowserSubscription {
  /** An https URL of a known push service */
  endpoint: string;
  /** When it ends, in milliseconds since the epoch; null: never */
  expirationTime?: number | null;
  keys: Keys;
}

/** Have an older page of a chat. */
export interface ChatHistory {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** The agent that the chat is with */
  agentId: string;
  /** Only messages before this id, compared as text */
  before?: string | null;
  /** How many at most */
  limit?: number;
}

/** Enter the room of a chat, and see what was said and what is being said. */
export interface ChatJoin {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** The agent that the chat is with */
  agentId: string;
  /** Only messages after this id, compared as text */
  since?: string | null;
}

/** Leave the room of a chat; what was on its way may still come for a second. */
export interface ChatLeave {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** The agent that the chat is with */
  agentId: string;
}

/** Say something, and be answered. It is stored when the ack comes, which is before the answer's first chunk. */
export interface ChatMessage {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** The agent that the chat is with */
  agentId: string;
  /** What the user says, up to 8,000 code points */
  message: string;
  /** The client's own id: the same one is never answered twice */
  clientMessageId?: string | null;
}

/** Have the text of an answer, running or ended, from a chunk on. */
export interface ChatResume {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** The agent that the chat is with */
  agentId: string;
  /** The answer: `replyId` of the ack of `chat:message` */
  messageId: string;
  /** First chunk wanted, counted from 0 */
  index: number;
}

/** End an answer within a second; what was said so far is kept. No effect on one that has ended. */
export interface ChatStop {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** The agent that the chat is with */
  agentId: string;
  /** The answer: `replyId` of the ack of `chat:message` */
  messageId: string;
}

/** Type, or stop; shown to the others in the room and kept nowhere. Too many are dropped, still acked. */
export interface ChatTyping {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** The agent that the chat is with */
  agentId: string;
  /** True holds for 5 s unless it is repeated */
  isTyping: boolean;
}

/** A piece of an answer; `index` counts from 0 for each `messageId`, without a gap. To the chat's room. */
export interface Chunk {
  agentId: string;
  messageId: string;
  replyTo: string;
  chunk: string;
  index: number;
  timestamp: number;
}

/** The end of an answer: all of its text, after all of its chunks, exactly once. To the chat's room. */
export interface Complete {
  agentId: string;
  messageId: string;
  replyTo: string;
  message: string;
  chunks: number;
  finishReason: "stop" | "length" | "stopped" | "error";
  timestamp: number;
}

/** An event that asked for no ack was refused. To the connection that sent it; `event` is null without a name. */
export interface EventRefused {
  code: ErrorCode;
  message: string;
  issues?: Issue[];
  retryAfterMs?: number;
  limit?: number;
  messageId?: string;
  requestId?: string;
  reason?: "expired";
  event: string | null;
}

/** Quiet hours, perhaps over midnight. */
export interface Hours {
  /** HH:MM; from then on it is quiet */
  start: string;
  /** HH:MM; from then on it is not, another time than `start` */
  end: string;
}

/** An answer that is being given: `text` is chunks 0…`index` - 1 joined. */
export interface InFlight {
  messageId: string;
  text: string;
  index: number;
}

/** What does not fit in a payload; `path` is dot-joined, empty for the whole. */
export interface Issue {
  path: string;
  message: string;
}

/** A chat as it is when one enters: the newest messages, or those after `since`, and the answers in flight. */
export interface Joined {
  room: string;
  messages: Message[];
  nextBefore: string | null;
  emotions: Record<string, number>;
  relationLevel: number;
  relationState: string;
  agentId: string;
  streams: InFlight[];
}

/** ``keys`` of a browser's subscription, base64url. */
export interface Keys {
  /** The browser's public key: a point of P-256, 65 bytes */
  p256dh: string;
  /** The secret that it shares with us: 16 bytes */
  auth: string;
}

/**
 * A message of a chat, as it is said and as history has it.
 *
 * To the chat's room, less the sender's own connection. Ids sort in the order in which messages were accepted.
 * `finishReason` is an agent's.
 */
export interface Message {
  agentId: string;
  userId: string;
  messageId: string;
  clientMessageId?: string;
  role: "user" | "agent";
  message: string;
  timestamp: number;
  finishReason?: "stop" | "length" | "stopped" | "error";
}

/** An ack that says no more than that it went well. */
export type Nothing = Record<never, never>;

/** What a push would have said, while a device is in the foreground. To the user, less devices in that chat. */
export interface Notification {
  title: string;
  body: string;
  icon?: string;
  badge?: string;
  url?: string;
  tag?: string;
  actions?: Action[];
  timestamp: number;
}

/** Messages in time order. `nextBefore` is where the page before them goes on, null on the last. */
export interface Page {
  messages: Message[];
  nextBefore: string | null;
}

/** How a user is: the best of the user's devices. `lastSeen` is null for one who never was here. */
export interface Presence {
  status: "online" | "away" | "offline";
  lastSeen: number | null;
}

/** How users are, by their ids. */
export interface PresenceKnown {
  presence: Record<string, Presence>;
}

/** Say what this device is; the user is the best of the user's devices. */
export interface PresenceStatus {
  /** The socket's own user, or absent */
  userId?: string | null;
}

/** Hear of users' presence on this connection, or no more; the ack says how they are. */
export interface PresenceSubscribe {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** Whose presence; unknown users are offline */
  userIds: string[];
}

/**
 * How a user is from now on. `timestamp` rises per user: an older one is to be ignored.
 *
 * To the user's own devices and those that subscribed.
 */
export interface PresenceUpdated {
  userId: string;
  status: "online" | "away" | "offline";
  lastSeen: number;
  timestamp: number;
}

/** How a user wants to be notified; `timeZone` is an IANA name. */
export interface PushPreferences {
  quietHours: QuietHours | null;
  timeZone: string;
  mutedAgents: string[];
}

/** Say when not to be disturbed, and by whom: what is given changes, the ack has all as it is then. */
export interface PushSettings {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** When nothing is to be shown; null: that may be at any time */
  quietHours?: Hours | null;
  /** Of the quiet hours: an IANA name, such as Europe/Berlin */
  timeZone?: string | null;
  /** Up to 100 agents of whom nothing is to be shown */
  mutedAgents?: string[] | null;
}

/** Whether the browser is subscribed, and with which key one subscribes: null where push is not set up. */
export interface PushState {
  subscribed: boolean;
  vapidPublicKey: string | null;
}

/** Ask whether a browser is subscribed, and with which key one subscribes. */
export interface PushStatus {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** Of the browser in question; absent: any of the user's */
  endpoint?: string | null;
}

/** Let a browser be pushed to, again or anew. */
export interface PushSubscribe {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** The browser's `PushSubscription`, as JSON */
  subscription: BrowserSubscription;
}

/** A browser that may be pushed to; the same endpoint has the same id. */
export interface PushSubscribed {
  subscriptionId: string;
}

/** Push to all of the user's subscriptions, this device's too, whatever the settings say. */
export interface PushTest {
  /** The socket's own user, or absent */
  userId?: string | null;
}

/** Push to a browser no more; no effect on a subscription that is unknown or another user's. */
export interface PushUnsubscribe {
  /** The socket's own user, or absent */
  userId?: string | null;
  /** The endpoint of the browser's subscription */
  endpoint: string;
}

/** When a user is not to be disturbed: ``HH:MM`` to ``HH:MM``, perhaps over midnight. */
export interface QuietHours {
  start: string;
  end: string;
}

/** Where the two stand after an answer, changed or not. To the chat's room. */
export interface RelationUpdated {
  emotions: Record<string, number>;
  relationLevel: number;
  relationState: string;
  agentId: string;
  userId: string;
  timestamp: number;
}

/** An answer's text from the chunk that was asked for on; `index` is the next one. */
export interface Resumed {
  text: string;
  index: number;
  complete: boolean;
  finishReason?: "stop" | "length" | "stopped" | "error";
}

/** The room that was entered or left. */
export interface Room {
  room: string;
}

/** What the device is now. */
export interface StatusSaid {
  status: "online" | "away" | "offline";
}

/** When the connection's token ends; a minute before, an event says so. After it the connection is closed. */
export interface TokenEnd {
  expiresAt: number;
}

/**
 * A user types, or has stopped. Without `userId` it is the agent. To the chat's room, less the sender.
 *
 * `timestamp` is in the order in which a user's frames were sent: ignore one that is older than the last.
 */
export interface Typing {
  agentId: string;
  userId?: string;
  isTyping: boolean;
  timestamp: number;
}

/** What clients send: the payload, and what a good ack says beside `ok`. */
export interface ClientEvents {
  "agent:subscribe": { payload: AgentSubscribe; ack: Room };
  "agent:unsubscribe": { payload: AgentSubscribe; ack: Room };
  "auth:refresh": { payload: AuthRefresh; ack: TokenEnd };
  "chat:history": { payload: ChatHistory; ack: Page };
  "chat:join": { payload: ChatJoin; ack: Joined };
  "chat:leave": { payload: ChatLeave; ack: Room };
  "chat:message": { payload: ChatMessage; ack: Accepted };
  "chat:resume": { payload: ChatResume; ack: Resumed };
  "chat:stop": { payload: ChatStop; ack: Nothing };
  "chat:typing": { payload: ChatTyping; ack: Nothing };
  "presence:away": { payload: PresenceStatus; ack: StatusSaid };
  "presence:offline": { payload: PresenceStatus; ack: StatusSaid };
  "presence:online": { payload: PresenceStatus; ack: StatusSaid };
  "presence:subscribe": { payload: PresenceSubscribe; ack: PresenceKnown };
  "presence:unsubscribe": { payload: PresenceSubscribe; ack: PresenceKnown };
  "push:settings": { payload: PushSettings; ack: PushPreferences };
  "push:status": { payload: PushStatus; ack: PushState };
  "push:subscribe": { payload: PushSubscribe; ack: PushSubscribed };
  "push:test": { payload: PushTest; ack: Nothing };
  "push:unsubscribe": { payload: PushUnsubscribe; ack: Nothing };
}

/** What the server sends. */
export interface ServerEvents {
  "agent:updated": AgentUpdated;
  "auth:expiring": TokenEnd;
  "chat:message": Message;
  "chat:message:complete": Complete;
  "chat:message:stream": Chunk;
  "chat:typing": Typing;
  "error": EventRefused;
  "notification": Notification;
  "presence:updated": PresenceUpdated;
  "relation:updated": RelationUpdated;
}
