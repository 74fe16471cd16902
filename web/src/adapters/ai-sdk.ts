import type { ChatTransport, UIMessage, UIMessageChunk } from "ai";
import { lineOf, type ChatLine, type FinishReason } from "../client/chat/line.js";
import { Versions } from "../client/chat/versions.js";
import type { Message } from "../events.gen.js";
import { Exchange, invalid, type ExchangeOptions } from "./exchange.js";
import { BROKE_OFF, type AnswerObserver } from "./following.js";

/** When a message was said, milliseconds since the epoch; how an answer ended; those in whose place it was given. */
export interface ChatMetadata {
  timestamp: number;
  finishReason?: FinishReason;
  former?: ({ text: string } & ChatMetadata)[];
}

/** A message of this chat, as `useChat` of `@ai-sdk/react` has it. */
export type ChatUIMessage = UIMessage<ChatMetadata>;

/** A page of what was said, oldest first. */
export interface ChatHistory {
  messages: ChatUIMessage[];
  /** What `history` takes for the page before; null on the last. */
  nextBefore: string | null;
}

type Said = Pick<ChatLine, "timestamp" | "finishReason" | "former">;
type OfTransport<Method extends "sendMessages" | "reconnectToStream"> = Parameters<
  ChatTransport<UIMessage>[Method]
>[0];

const FINISH = { stop: "stop", length: "length", stopped: "other", error: "error" } as const;

/**
 * The transport of `useChat` (Vercel AI SDK) to a chat of serverless-socketio: send, stop, and resume in mid-answer. What the
 * server refuses is `useChat`'s `error`, a ChatError with its `code` and `extra` (`retryAfterMs`); `regenerate()` then sends
 * the message again, under the same id; of one that was answered it has the newest answer given again. Text only; the server keeps the history, so what is sent is the last message alone.
 */
export class SocketioChatTransport implements ChatTransport<UIMessage> {
  readonly resumeStreamIsReplay = true;
  readonly #exchange: Exchange;
  #resumptions = 0;

  constructor(options: ExchangeOptions) {
    this.#exchange = new Exchange(options);
  }

  /** Lets go of the connection, e.g. when the component goes; what is called next takes it again. */
  close(): void {
    this.#exchange.close();
  }

  /** What was said so far, for `useChat`'s `messages`; with `resume: true` an answer that is being given comes by itself. */
  async history(before?: string): Promise<ChatHistory> {
    const { messages, nextBefore } = await this.#exchange.history(before);
    return { messages: toUIMessages(messages), nextBefore };
  }

  async sendMessages(options: OfTransport<"sendMessages">): Promise<ReadableStream<UIMessageChunk>> {
    const message = this.#toBeSent(options);
    const { stream, observer, onCancel } = answerStream();
    const signal = options.abortSignal ?? new AbortController().signal;
    const { id } = message;
    const isAnswered = options.trigger === "regenerate-message" && this.#exchange.hasAccepted(id);
    const again = (): (() => void) => this.#exchange.regenerate(id, observer, signal);
    onCancel(isAnswered ? again() : this.#exchange.send(id, textOf(message), observer, signal));
    return stream;
  }

  async reconnectToStream(
    options: OfTransport<"reconnectToStream">,
  ): Promise<ReadableStream<UIMessageChunk> | null> {
    const turn = ++this.#resumptions;
    const stopping = new AbortController();
    options.abortSignal?.addEventListener("abort", () =>
      queueMicrotask(() => turn === this.#resumptions && stopping.abort()),
    ); // the next `resumeStream` aborts this one, too, and that stops nothing
    const { stream, observer, onCancel } = answerStream();
    const leave = await this.#exchange.resume(observer, stopping.signal);
    if (leave) onCancel(leave);
    return leave && stream;
  }

  #toBeSent({ trigger, messageId, messages }: OfTransport<"sendMessages">): UIMessage {
    const message = messages.at(-1);
    if (message?.role !== "user") throw invalid("The last message is not the user's.");
    if (message.parts.some(({ type }) => type !== "text")) throw invalid("Only text can be sent.");
    if (trigger === "submit-message" && messageId) throw invalid("A message cannot be changed.");
    return message;
  }
}

/** Of an answer that was given again the newest; one that is being given comes by `reconnectToStream`. */
function toUIMessages(messages: Message[]): ChatUIMessage[] {
  const last = messages.at(-1);
  const shown = new Versions().of(messages.map(lineOf), last?.replacedBy && last.messageId);
  return shown.map(({ key, role, text, ...rest }) => ({
    id: key,
    role: role === "agent" ? "assistant" : "user",
    parts: [{ type: "text", text, state: "done" }],
    metadata: metadataOf(rest),
  }));
}

function metadataOf({ timestamp, finishReason, former }: Said): ChatMetadata {
  return {
    timestamp,
    ...(finishReason && { finishReason }),
    ...(former && { former: former.map(({ text, ...line }) => ({ text, ...metadataOf(line) })) }),
  };
}

function textOf({ parts }: UIMessage): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}

/** An answer as the stream that `useChat` reads; until the first word, `useChat`'s status is `submitted`. */
function answerStream(): {
  stream: ReadableStream<UIMessageChunk>;
  observer: AnswerObserver;
  onCancel: (leave: () => void) => void;
} {
  let controller: ReadableStreamDefaultController<UIMessageChunk>;
  let leave: (() => void) | undefined;
  let id = "";
  let hasText = false;
  const stream = new ReadableStream<UIMessageChunk>({
    start: (given) => {
      controller = given;
    },
    cancel: () => leave?.(),
  });
  const say = (...chunks: UIMessageChunk[]): void => chunks.forEach((chunk) => controller.enqueue(chunk));
  const observer: AnswerObserver = {
    begun: (messageId) => {
      id = messageId;
    },
    text: (delta) => {
      if (!hasText) say({ type: "start", messageId: id }, { type: "text-start", id });
      hasText = true;
      say({ type: "text-delta", id, delta });
    },
    ended: (finishReason, timestamp, former) => {
      if (hasText) say({ type: "text-end", id });
      const messageMetadata = metadataOf({ timestamp, finishReason, former });
      say({ type: "finish", finishReason: FINISH[finishReason], messageMetadata });
      if (finishReason === "error") say({ type: "error", errorText: BROKE_OFF });
      controller.close();
    },
    failed: (error) => controller.error(error),
  };
  return { stream, observer, onCancel: (given) => (leave = given) };
}
