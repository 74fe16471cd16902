import {
  AbstractAgent,
  contentHasMedia,
  contentToText,
  EventType,
  type AgentConfig,
  type BaseEvent,
  type Event as AgentEvent,
  type Message as AgentMessage,
  type RunAgentInput,
} from "@ag-ui/client";
import { Observable, type Subscriber } from "rxjs";
import { ChatError } from "../client/errors.js";
import type { Message } from "../events.gen.js";
import { Exchange, invalid, type ExchangeOptions } from "./exchange.js";
import { BROKE_OFF, type AnswerObserver } from "./following.js";

/** Whose chat it is and where, beside what any agent of AG-UI takes. */
export type SocketioAgentConfig = ExchangeOptions & Omit<AgentConfig, "agentId">;

/**
 * An agent of AG-UI whose runs are answers of a chat of serverless-socketio. `runAgent` sends the last message, the user's;
 * `abortRun` stops the answer; `connectAgent` brings what was said so far, and an answer that is being given goes on. What the
 * server refuses is RUN_ERROR with its `code`, and what goes with that in `metadata` (`retryAfterMs`); the next `runAgent`
 * sends the message again, under the same id; with `forwardedProps: {regenerate: true}` it has the answer to the message given
 * again, if that is the newest. A thread is a user's chat with an agent, whatever `threadId` says.
 */
export class SocketioAgent extends AbstractAgent {
  private readonly options: ExchangeOptions;
  private exchange: Exchange; // no `#`: `clone` makes the copy without the constructor
  private stopping = new AbortController();

  constructor({ agentId, userId, token, url, path, ...config }: SocketioAgentConfig) {
    super({ threadId: `chat:${agentId}:${userId}`, ...config, agentId });
    this.options = { agentId, userId, token, url, path };
    this.exchange = new Exchange(this.options);
  }

  /** Lets go of the connection; what is called next takes it again. */
  close(): void {
    this.exchange.close();
  }

  /** Stops the answer that is being given; its words stay. */
  override abortRun(): void {
    this.stopping.abort();
  }

  /** Another agent over the same chat, with a hold of its own on the connection. */
  override clone(): SocketioAgent {
    const twin = super.clone() as SocketioAgent;
    return Object.assign(twin, {
      options: this.options,
      exchange: new Exchange(this.options),
      stopping: new AbortController(),
    });
  }

  /** Sends the last message; what `runAgent` calls. */
  override run(input: RunAgentInput): Observable<BaseEvent> {
    return this.observe(input, (observer, signal) => {
      const message = input.messages.at(-1);
      if (message?.role !== "user") throw invalid("The last message is not the user's.");
      if (contentHasMedia(message.content)) throw invalid("Only text can be sent.");
      if ((input.forwardedProps as { regenerate?: unknown } | undefined)?.regenerate === true)
        return this.exchange.regenerate(message.id, observer, signal);
      return this.exchange.send(message.id, contentToText(message.content), observer, signal);
    });
  }

  /** Tells what was said so far, then the answer that is being given; what `connectAgent` calls. */
  protected override connect(input: RunAgentInput): Observable<BaseEvent> {
    return this.observe(input, (observer, signal, say) => {
      let leave: (() => void) | null = null;
      let hasLeft = false;
      const connected = async (): Promise<void> => {
        const { messages } = await this.exchange.history(undefined, signal);
        const standing = messages.filter(({ replacedBy }) => replacedBy === undefined);
        say({ type: EventType.MESSAGES_SNAPSHOT, messages: standing.map(toAgentMessage) });
        leave = await this.exchange.resume(observer, signal);
        if (!leave) observer.ended("stop", Date.now());
        else if (hasLeft) leave();
      };
      connected().catch((error: unknown) => observer.failed(error));
      return () => {
        hasLeft = true;
        leave?.();
      };
    });
  }

  /** The events of a run, which `begin` brings about. It returns what is called when the last listener has gone. */
  private observe(
    { threadId, runId }: RunAgentInput,
    begin: (observer: AnswerObserver, signal: AbortSignal, say: (event: AgentEvent) => void) => () => void,
  ): Observable<BaseEvent> {
    return new Observable((subscriber: Subscriber<BaseEvent>) => {
      const say = (event: AgentEvent): void => subscriber.next(event);
      const observer = observerOf({ threadId, runId }, say, subscriber);
      this.stopping = new AbortController();
      say({ type: EventType.RUN_STARTED, threadId, runId });
      try {
        return begin(observer, this.stopping.signal, say);
      } catch (error) {
        observer.failed(error);
        return undefined;
      }
    });
  }
}

function observerOf(
  run: { threadId: string; runId: string },
  say: (event: AgentEvent) => void,
  subscriber: Pick<Subscriber<BaseEvent>, "complete" | "error">,
): AnswerObserver {
  let messageId = "";
  let hasText = false;
  const end = (event: AgentEvent): void => {
    if (hasText) say({ type: EventType.TEXT_MESSAGE_END, messageId });
    say(event);
    subscriber.complete();
  };
  const finish = (type: "success" | "cancelled"): void =>
    end({ type: EventType.RUN_FINISHED, ...run, outcome: { type } });
  return {
    begun: (id) => {
      messageId = id;
    },
    text: (delta) => {
      if (!hasText) say({ type: EventType.TEXT_MESSAGE_START, messageId, role: "assistant" });
      hasText = true;
      say({ type: EventType.TEXT_MESSAGE_CONTENT, messageId, delta });
    },
    ended: (finishReason) => {
      if (finishReason === "error") end({ type: EventType.RUN_ERROR, message: BROKE_OFF });
      else finish(finishReason === "stopped" ? "cancelled" : "success");
    },
    failed: (error) => {
      if (error instanceof ChatError) {
        const { code, message, extra } = error;
        end({ type: EventType.RUN_ERROR, code, message, metadata: { ...extra } });
      } else if (error instanceof Error && error.name === "AbortError") finish("cancelled");
      else subscriber.error(error);
    },
  };
}

function toAgentMessage({ messageId, clientMessageId, role, message }: Message): AgentMessage {
  return {
    id: clientMessageId ?? messageId,
    role: role === "agent" ? "assistant" : "user",
    content: message,
  };
}
